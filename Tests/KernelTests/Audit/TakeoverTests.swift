// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import PrivateNetworks
import SystemPackage
import TCPClosing
import Testing

/// Another user really gets the connections that a finding speaks of.
@Suite struct `A finding is real:` {
    private typealias Making = AuditedNetwork.Making

    @Test func `localhost of a service on 127.0.0.1 is answered by another user`() async throws {
        let story = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            let service = try world.serve(Making(.loopbackV4, "A"), port: port)
            let before = try world.findings(on: port)
            let intruder = try world.serve(
                Making(.loopbackV6), port: port, as: AuditedNetwork.intruder)
            return (
                before.first, try world.findings(on: port).first,
                try world.answering(.loopbackV6, port: port, among: [service, intruder]),
                try world.answering(.loopbackV4, port: port, among: [service, intruder])
            )
        }
        guard let story else { return }
        #expect(story.0?.kind == .otherFamily && story.0?.severity == .high)
        #expect(story.2 == 1 && story.3 == 0)
        // What has happened is seen as well.
        #expect(story.1?.kind == .answeredByOther && story.1?.severity == .high)
    }

    @Test func `a wildcard IPv4 service leaves every IPv6 address of the machine`() async throws {
        let answers = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            let service = try world.serve(Making(.anyV4), port: port)
            let found = try world.findings(on: port).first { $0.kind == .otherFamily }
            let intruder = try world.serve(
                Making(.anyV6, isIPv6Only: true), port: port, as: AuditedNetwork.intruder)
            return try (found?.places ?? []).map(\.destination.address)
                .filter { !$0.isWildcard }
                .map { try world.answering($0, port: port, among: [service, intruder]) }
        }
        #expect(answers ?? [1, 1] == [1, 1])
    }

    @Test func `a service on one address leaves the others`() async throws {
        let answers = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            let service = try world.serve(Making(PlayedNetwork.Address.v4), port: port)
            let found = try world.findings(on: port).first { $0.kind == .otherAddresses }
            let isNamed = found?.places.contains { $0.destination.address == .loopbackV4 }
            let intruder = try world.serve(
                Making(.loopbackV4), port: port, as: AuditedNetwork.intruder)
            return (
                isNamed, try world.answering(.loopbackV4, port: port, among: [service, intruder])
            )
        }
        #expect(answers?.0 ?? true)
        #expect(answers?.1 ?? 1 == 1)
    }

    @Test func `who is bound and does not listen loses the port`() async throws {
        let story = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            let service = try world.serve(Making(.anyV4, "A"), port: port, listens: false)
            let found = try world.findings(on: port).first
            // A more specific address is enough, and all that clients of it see.
            let intruder = try world.serve(
                Making(.loopbackV4, "A"), port: port, as: AuditedNetwork.intruder)
            let late = service.listen()
            let answer = try world.answering(.loopbackV4, port: port, among: [service, intruder])
            return (found, late, answer)
        }
        guard let story else { return }
        #expect(story.0?.kind == .notListening && story.0?.severity == .high)
        #expect(story.1 == .addressInUse)
        #expect(story.2 == 1)
    }

    @Test func `a program of the same user gets a share, or all of an address`() async throws {
        let story = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            let service = try world.serve(Making(.anyV4, "P"), port: port)
            let found = try world.findings(on: port).contains { $0.kind == .sameUser }
            func shares(_ making: Making) throws -> Set<Int?> {
                let joining = try world.serve(making, port: port)
                defer { joining.close() }
                return Set(
                    try (0..<64)
                        .map { _ in
                            try world.answering(.loopbackV4, port: port, among: [service, joining])
                        })
            }
            return (found, try shares(Making(.anyV4, "P")), try shares(Making(.loopbackV4, "P")))
        }
        guard let story else { return }
        #expect(story.0)
        #expect(story.1 == [0, 1])
        #expect(story.2 == [1])
    }

    @Test func `two listeners at one address tell everybody that they share it`() async throws {
        let kinds = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            let first = try world.serve(Making(.anyV6, "P"), port: port)
            let second = try world.serve(Making(.anyV6, "P"), port: port)
            defer { withExtendedLifetime((first, second)) {} }
            return try world.findings(on: port, asRoot: false).map(\.kind)
        }
        #expect(kinds?.contains(.sameUser) ?? true)
    }

    @Test func `a service that restarts finds its port taken, and its clients gone over`()
        async throws
    {
        let story = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            let service = try world.serve(Making(.anyV6, "A"), port: port)
            let found = try world.findings(on: port)
            let client = try BareSocket(.v4)
            try ExistingSocket.expect(
                client.connect(to: Destination(address: .loopbackV4, port: port)))
            let accepted = service.accept()
            service.close()
            let intruder = try world.serve(
                Making(.anyV6, "A"), port: port, as: AuditedNetwork.intruder)
            let again = try world.bind(Making(.anyV6, "A"), port: port)
            let answer = try world.answering(.loopbackV4, port: port, among: [service, intruder])
            defer { withExtendedLifetime((client, accepted)) {} }
            return (found, again.code, answer)
        }
        guard let story else { return }
        #expect(story.0.map(\.kind) == [.restartWindow])
        #expect(story.1 == .addressInUse)
        #expect(story.2 == 1)
    }

    @Test func `a service tied to an interface leaves the others`() async throws {
        let story = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            var tied = Making(.anyV4)
            tied.interface = world.network.interfaceIndex
            let service = try world.serve(tied, port: port)
            let found = try world.findings(on: port).flatMap(\.places)
                .filter { $0.destination.address == .loopbackV4 && $0.interface == 1 }
            var beside = Making(.loopbackV4)
            beside.interface = 1
            let intruder = try world.serve(beside, port: port, as: AuditedNetwork.intruder)
            let all = [service, intruder]
            return (
                found.count, try world.answering(.loopbackV4, port: port, among: all),
                try world.answering(PlayedNetwork.Address.v4, port: port, among: all)
            )
        }
        guard let story else { return }
        #expect(story.0 == 1)
        #expect(story.1 == 1)
        #expect(story.2 == 0)
    }
}

@Suite struct `A listener that is put right` {
    private typealias Making = AuditedNetwork.Making

    @Test func `on both families is not found, and leaves no address`() async throws {
        let story = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            let service = try world.serve(Making(.anyV6), port: port)
            defer { service.close() }
            let codes = try [
                Making(.anyV4, "A"), Making(.loopbackV4, "A"), Making(.loopbackV6, "A"),
                Making(.anyV6, "A", isIPv6Only: true), Making(PlayedNetwork.Address.v6, "AP"),
            ]
            .map { try world.bind($0, port: port, as: AuditedNetwork.intruder).code }
            return (try world.findings(on: port).map(\.kind), Set(codes))
        }
        guard let story else { return }
        #expect(story.0 == [.whileDown])
        #expect(story.1 == [.addressInUse])
    }

    @Test func `on both loopback addresses is not found for them`() async throws {
        let kinds = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            let services = try [InternetAddress.loopbackV4, .loopbackV6]
                .map { try world.serve(Making($0), port: port) }
            defer { withExtendedLifetime(services) {} }
            return try world.findings(on: port).map(\.kind)
        }
        #expect(kinds ?? [.otherAddresses, .whileDown] == [.otherAddresses, .whileDown])
    }

    @Test func `behind ip_unprivileged_port_start is not found at all`() async throws {
        let kinds = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            let services = try [
                world.serve(Making(.anyV4, "AP"), port: port),
                world.serve(Making(.loopbackV6, "A"), port: port, listens: false),
            ]
            defer { withExtendedLifetime(services) {} }
            return try world.findings(on: port, firstUnprivilegedPort: Int(port) + 1).map(\.kind)
        }
        #expect(kinds ?? [] == [])
    }

    @Test func `and listens at once is not found to be bound only`() async throws {
        let kinds = try await AuditedNetwork.run { world in
            let port = world.freshPort()
            let service = try world.serve(Making(.anyV6, "A"), port: port)
            defer { service.close() }
            let intruder = try world.bind(
                Making(.anyV6, "A"), port: port, as: AuditedNetwork.intruder)
            return (try world.findings(on: port).map(\.kind), intruder.code)
        }
        guard let kinds else { return }
        #expect(kinds.0 == [.restartWindow])
        #expect(kinds.1 == .addressInUse)
    }
}
