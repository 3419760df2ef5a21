// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing

/// Who is, or could be, beside a listener now.
extension ListenerAudit {
    private static let loopbackInterface: UInt32 = 1

    /// Two users answer on one port.
    mutating func addShared(_ service: [AuditedSocket]) {
        let others = sockets.filter {
            $0.isListening && $0.port == service[0].port
                && $0.socket.userID != service[0].socket.userID
        }
        // Said once; of root, if it has a listener there.
        guard !others.isEmpty,
            others.allSatisfy({ service[0].socket.userID < $0.socket.userID })
        else { return }
        let all = service + others
        let isSplit = Self.loopbacks.allSatisfy { address in
            all.contains { $0.answers(at: address, over: Self.loopbackInterface) }
        }
        let isWide = all.contains { $0.address.isWildcard }
        findings.append(
            AuditFinding(
                kind: .answeredByOther, severity: isSplit || isWide ? .high : .low,
                sockets: service, places: others.map { AuditFinding.Place(destination: $0.place) },
                others: others))
    }

    /// Addresses of this machine at which nobody answers, and anybody could.
    mutating func addOpen(_ service: [AuditedSocket]) {
        let served = facts.addresses.filter { place in
            service.contains { $0.answers(at: place.address, over: place.interface) }
        }
        let open = openPlaces(beside: service)
        let servesIPv4 = service.contains { !$0.address.isIPv6 || $0.takesIPv4 }
        let servesIPv6 = service.contains { $0.address.isIPv6 }
        let other = open.filter { place in
            place.destination.address.isIPv6 ? !servesIPv6 : !servesIPv4
        }
        let servesLoopback = served.contains { $0.address.isLoopback }
        let leavesLoopback = other.contains { $0.destination.address.isLoopback }
        let isWide = service.contains { $0.address.isWildcard }
        var rest = open
        if !other.isEmpty, isWide || servesLoopback && leavesLoopback {
            let first = facts.localhost.first ?? .v6(high: 0, low: 1, zone: 0)
            let isFirst = other.contains { $0.destination.address == first.unmapped }
            add(.otherFamily, servesLoopback && isFirst ? .high : .medium, service, other)
            rest.removeAll { other.contains($0) }
        }
        // A wildcard alone is no place.
        if rest.contains(where: { !$0.destination.address.isWildcard }) {
            add(.otherAddresses, .low, service, rest)
        }
    }

    private mutating func add(
        _ kind: AuditFinding.Kind, _ severity: AuditFinding.Severity, _ service: [AuditedSocket],
        _ places: [AuditFinding.Place]
    ) {
        var finding = AuditFinding(
            kind: kind, severity: severity, sockets: service, places: places)
        let isCertain = places.contains { $0.dependsOn.isEmpty }
        if !isCertain { finding.dependsOn = places[0].dependsOn }
        finding.requests = places.filter { !$0.destination.address.isWildcard }
            .map { request(at: $0) }
        findings.append(finding)
    }

    /// Places that bind(2) gives to a stranger now: addresses of this machine, and wildcards.
    private func openPlaces(beside service: [AuditedSocket]) -> [AuditFinding.Place] {
        let port = service[0].port
        let isTied = service.contains { $0.socket.interface != 0 }
        var places: [AuditFinding.Place] = []
        for local in facts.addresses where !local.address.isLinkLocal {
            // Sockets bound to two interfaces are apart; one bound to none meets both. A connection
            // of this machine with itself arrives over the interface that has the address (measured).
            let interfaces = isTied ? [0, local.interface] : [0]
            for interface in interfaces {
                let place = AuditFinding.Place(
                    destination: Destination(address: local.address.unmapped, port: port),
                    interface: interface)
                guard !places.contains(where: { $0.destination == place.destination }),
                    let judged = judge(place)
                else { continue }
                places.append(judged)
            }
        }
        places.sort { one, other in
            let (one, other) = (one.destination.address, other.destination.address)
            return (one.isLoopback ? 0 : 1, "\(one)") < (other.isLoopback ? 0 : 1, "\(other)")
        }
        for wildcard in [InternetAddress.v6(high: 0, low: 0, zone: 0), .v4(0)] {
            let place = AuditFinding.Place(
                destination: Destination(address: wildcard, port: port))
            let hasFamily = places.contains {
                $0.destination.address.isIPv6 == wildcard.isIPv6
            }
            if hasFamily, let judged = judge(place) { places.append(judged) }
        }
        return places
    }

    /// The place with what it depends on; `nil` when a stranger cannot have it.
    private func judge(_ place: AuditFinding.Place) -> AuditFinding.Place? {
        let outcome = BindRule.bind(
            request(at: place), among: holders(on: place.destination.port))
        guard let dependsOn = outcome.dependsOn else { return nil }
        var place = place
        place.dependsOn = dependsOn
        return place
    }

    private func request(at place: AuditFinding.Place) -> BindRequest {
        BindRequest(
            place.destination.address, port: place.destination.port, isIPv6Only: true,
            reusesAddress: true, userID: stranger, interface: place.interface)
    }

    private static let loopbacks = [
        InternetAddress.v4(0x7f00_0001), .v6(high: 0, low: 1, zone: 0),
    ]
}

extension AuditedSocket {
    /// Whether it is an IPv6 socket that IPv4 connections come to.
    var takesIPv4: Bool { address.isIPv6 && address.isWildcard && socket.isIPv6Only != true }
}

extension InternetAddress {
    /// Whether it is an IPv6 address that is no mapped one.
    var isIPv6: Bool {
        switch unmapped {
        case .v4: false
        case .v6: true
        }
    }

    /// Whether it is in `fe80::/10`: nobody is given such an address to find a service.
    var isLinkLocal: Bool {
        switch self {
        case .v4: false
        case .v6(let high, low: _, zone: _): high >> 54 == 0xfe80 >> 6
        }
    }
}
