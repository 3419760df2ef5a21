// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing
import Testing

/// What the audit says of every kind of listener, beside what the kernel lets another user do.
@Suite struct `What an audit says` {
    private typealias Making = AuditedNetwork.Making

    /// Every kind of address, with every choice of the two options.
    private static let makings: [Making] = ["", "A", "P", "AP"]
        .flatMap { flags in
            [
                Making(.anyV4, flags), Making(.loopbackV4, flags),
                Making(PlayedNetwork.Address.v4, flags), Making(.anyV6, flags),
                Making(.anyV6, flags, isIPv6Only: true), Making(.loopbackV6, flags),
                Making(PlayedNetwork.Address.v6, flags),
                Making(.v6(high: 0, low: 0xffff_7f00_0001, zone: 0), flags),
            ]
        }

    @Test(arguments: [true, false])
    func `is free beside a listener is free, and nothing else`(asRoot: Bool) async throws {
        let wrong = try await AuditedNetwork.run { world in
            var wrong: [String] = []
            for making in Self.makings {
                let port = world.freshPort()
                let service = try world.serve(making, port: port)
                defer { service.close() }
                let named = try world.findings(on: port, asRoot: asRoot)
                    .filter { $0.kind == .otherFamily || $0.kind == .otherAddresses }
                    .flatMap(\.places)
                    .filter { !$0.destination.address.isWildcard }
                    .map(\.destination.address)
                let real = try LocalAddress.all().map(\.address)
                    .filter { address in
                        // fe80::/10 is nobody's way to a service.
                        if case .v6(let high, _, zone: _) = address, high >> 54 == 0x3fa {
                            return false
                        }
                        // Whatever options the intruder's socket has.
                        return try ["", "A", "P", "AP"]
                            .contains { flags in
                                let intruder = try world.bind(
                                    Making(address, flags, isIPv6Only: true), port: port,
                                    as: AuditedNetwork.intruder)
                                defer { intruder.socket.close() }
                                return intruder.code.rawValue == 0
                                    && intruder.socket.listen().rawValue == 0
                            }
                    }
                if Set(named) != Set(real) { wrong.append("\(making): \(named), \(real)") }
            }
            return wrong
        }
        #expect(wrong ?? [] == [])
    }

    @Test func `may be listened on first may be, and nothing else`() async throws {
        let wrong = try await AuditedNetwork.run { world in
            var wrong: [String] = []
            for making in Self.makings {
                let port = world.freshPort()
                let service = try world.serve(making, port: port, listens: false)
                let found = try world.findings(on: port)
                    .first { $0.kind == .notListening }
                let unread = try world.findings(on: port, asRoot: false)
                    .first { $0.kind == .notListening }
                let intruder = try world.bind(
                    Making(making.address, "A", isIPv6Only: making.isIPv6Only), port: port,
                    as: AuditedNetwork.intruder)
                let isTaken =
                    intruder.code.rawValue == 0 && intruder.socket.listen().rawValue == 0
                if isTaken != (found?.isCertain == true && found?.severity == .high) {
                    wrong.append("\(making): taken \(isTaken), found \(found != nil)")
                }
                // Who cannot read the options says so.
                if unread?.dependsOn != [.reuseAddress] { wrong.append("\(making): not unknown") }
                if isTaken, service.listen() != .addressInUse { wrong.append("\(making): listens") }
            }
            return wrong
        }
        #expect(wrong ?? [] == [])
    }

    @Test func `may be joined by its user may be, and nothing else`() async throws {
        let wrong = try await AuditedNetwork.run { world in
            var wrong: [String] = []
            for making in Self.makings {
                let port = world.freshPort()
                let service = try world.serve(making, port: port)
                defer { service.close() }
                let isNamed = try world.findings(on: port).contains { $0.kind == .sameUser }
                func joins(_ user: UInt32) throws -> Bool {
                    var joining = making
                    joining.flags = "P"
                    let other = try world.bind(joining, port: port, as: user)
                    defer { other.socket.close() }
                    return other.code.rawValue == 0 && other.socket.listen().rawValue == 0
                }
                let isReal = try joins(AuditedNetwork.victim)
                if isNamed != isReal { wrong.append("\(making): \(isNamed), \(isReal)") }
                if try joins(AuditedNetwork.intruder) {
                    wrong.append("\(making): a stranger joins")
                }
            }
            return wrong
        }
        #expect(wrong ?? [] == [])
    }

    @Test func `may be taken at a restart may be, and nothing else`() async throws {
        let wrong = try await AuditedNetwork.run { world in
            var wrong: [String] = []
            for making in Self.makings {
                let port = world.freshPort()
                let service = try world.serve(making, port: port)
                let kinds = try world.findings(on: port).map(\.kind)
                // A connection that outlives its listener.
                let called =
                    making.address.isWildcard
                    ? (making.isIPv6Only ? .loopbackV6 : .loopbackV4) : making.address.unmapped
                let isIPv4 = if case .v4 = called { true } else { false }
                let client = try BareSocket(isIPv4 ? .v4 : .v6)
                try ExistingSocket.expect(
                    client.connect(to: Destination(address: called, port: port)))
                let accepted = service.accept()
                service.close()
                let intruder = try world.bind(
                    Making(making.address, "A", isIPv6Only: making.isIPv6Only), port: port,
                    as: AuditedNetwork.intruder)
                let isTaken =
                    intruder.code.rawValue == 0 && intruder.socket.listen().rawValue == 0
                if kinds.contains(.restartWindow) != isTaken
                    || kinds.contains(.whileDown) == isTaken
                {
                    wrong.append("\(making): taken \(isTaken), \(kinds)")
                }
                intruder.socket.close()
                let remote = Destination(address: called, port: try client.localPort())
                // Closed here first, it rests in TIME-WAIT; what has SO_REUSEPORT shares with that.
                accepted?.close()
                client.close()
                func joins(_ flags: String) throws -> Bool {
                    let late = try world.bind(
                        Making(making.address, flags, isIPv6Only: making.isIPv6Only), port: port,
                        as: AuditedNetwork.intruder)
                    defer { late.socket.close() }
                    return late.code.rawValue == 0
                }
                for flag in ["A", "P"] where try joins(flag) != making.flags.contains(flag) {
                    wrong.append("\(making): with \(flag) in TIME-WAIT")
                }
                var diagnostics = try SocketDiagnostics()
                try diagnostics.destroy(
                    ConnectionName(
                        local: Destination(address: called, port: port), remote: remote))
                // Nothing is left: anybody may.
                let late = try world.bind(
                    Making(making.address, isIPv6Only: making.isIPv6Only), port: port,
                    as: AuditedNetwork.intruder)
                if late.code.rawValue != 0 { wrong.append("\(making): \(late.code)") }
            }
            return wrong
        }
        #expect(wrong ?? [] == [])
    }
}
