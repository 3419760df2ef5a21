// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
package import TCPClosing

/// Whether a bind(2) as asked for works now, what is in the way, and what helps.
package struct BindDiagnosis: Hashable, Sendable {
    /// The answer.
    package enum Verdict: Hashable, Sendable {
        /// bind(2), and listen(2) after it, succeed.
        case works
        /// bind(2) fails with `EADDRINUSE`.
        case blocked
        /// It fails or succeeds, as options decide that the kernel tells nobody about.
        case uncertain
        /// It fails with `EACCES`: the port needs a privilege.
        case notAllowed
        /// It fails with `EADDRNOTAVAIL`: the address is not this machine's.
        case addressNotHere
        /// It fails with `EINVAL`: a mapped address on a socket for IPv6 only.
        case mappedAddressRefused
    }

    /// A socket in the way.
    package struct Blocker: Hashable, Sendable {
        package var sighting: PortSighting
        package var obstacle: BindObstacle
        /// Another socket on this machine whose end of the connection keeps this one alive.
        package var counterpart: PortSighting?
    }

    package var request: BindRequest
    package var verdict: Verdict
    /// What is in the way: the one that says most first.
    package var blockers: [Blocker]
    package var remedies: [Remedy]

    /// What the machine says of the request before it looks at other sockets.
    package struct Surroundings: Hashable, Sendable {
        /// Whether the address is one of this machine's, or a wildcard.
        package var addressIsHere = true
        /// Whether the port may be bound by who asks.
        package var portIsAllowed = true
        /// What the kernel may choose by itself.
        package var settings = PortSettings()

        package init() {}
    }

    /// - Parameters:
    ///   - request: what is asked.
    ///   - sightings: at least the sockets of that port, of both families.
    ///   - surroundings: what else the machine says.
    package init(
        _ request: BindRequest, among sightings: [PortSighting],
        in surroundings: Surroundings = Surroundings()
    ) {
        self.request = request
        let outcome = BindRule.bind(request, among: sightings.map(\.holder))
        let blockers = Self.blockers(outcome.obstacles, sightings)
        self.blockers = blockers
        // As the kernel asks: privilege, then address, then others.
        switch (surroundings.portIsAllowed, surroundings.addressIsHere, outcome) {
        case (false, _, _): verdict = .notAllowed
        case (_, false, _): verdict = .addressNotHere
        case (_, _, .succeeds): verdict = .works
        case (_, _, .addressInUse): verdict = .blocked
        case (_, _, .depends): verdict = .uncertain
        case (_, _, .mappedAddressRefused): verdict = .mappedAddressRefused
        }
        switch verdict {
        case .blocked, .uncertain:
            remedies =
                blockers.first.map {
                    Remedy.all(against: $0, of: request, settings: surroundings.settings)
                } ?? []
        case .notAllowed: remedies = Remedy.forPrivilege(port: request.port)
        case .works, .addressNotHere, .mappedAddressRefused: remedies = []
        }
    }

    /// The kernel was asked by doing: an uncertain answer is certain now.
    package mutating func settle(works: Bool) {
        guard verdict == .uncertain else { return }
        verdict = works ? .works : .blocked
        if works { (blockers, remedies) = ([], []) }
    }

    private static func blockers(
        _ obstacles: [BindObstacle], _ sightings: [PortSighting]
    ) -> [Blocker] {
        var rest = sightings
        var blockers: [Blocker] = []
        for obstacle in obstacles {
            // Two sockets may look alike; each is taken once.
            guard let place = rest.firstIndex(where: { $0.holder == obstacle.holder }) else {
                continue
            }
            let sighting = rest.remove(at: place)
            blockers.append(
                Blocker(
                    sighting: sighting, obstacle: obstacle,
                    counterpart: counterpart(of: sighting, sightings)))
        }
        return blockers.enumerated()
            .sorted { ($0.element.weight, $0.offset) < ($1.element.weight, $1.offset) }
            .map(\.element)
    }

    /// The other end of a connection, where it is on this machine.
    private static func counterpart(
        of sighting: PortSighting, _ sightings: [PortSighting]
    ) -> PortSighting? {
        guard let remote = sighting.holder.remote else { return nil }
        let local = Destination(
            address: sighting.socket.localAddress.unmapped, port: sighting.socket.localPort)
        return sightings.first { other in
            other.holder.remote?.port == local.port
                && other.holder.remote?.address.unmapped == local.address
                && other.socket.localPort == remote.port
                && other.socket.localAddress.unmapped == remote.address.unmapped
                && other != sighting
        }
    }
}

extension BindDiagnosis.Blocker {
    /// What explains most comes first: who listens, who is certain, who lasts.
    fileprivate var weight: Int {
        let certainty = obstacle.isCertain ? 0 : 10
        switch sighting.holder.state {
        case .listening: return certainty
        case .bound, .deadDescriptor: return certainty + 1
        case .synSent, .synReceived, .handshake, .established, .closeWait, .finWait2:
            return certainty + 2
        case .finWait1, .closing, .lastAck: return certainty + 3
        case .finWait2Record: return certainty + 4
        case .timeWait: return certainty + 5
        }
    }

    /// Whether the connection goes to itself: a program that connected to a port nobody listened
    /// on, and was given that very port.
    var isSelfConnection: Bool {
        guard let remote = sighting.holder.remote else { return false }
        return remote.port == sighting.socket.localPort
            && remote.address.unmapped == sighting.socket.localAddress.unmapped
    }

    /// How long it stays at most by itself; `nil` when only a process, or the network, ends it.
    var longestStay: Duration? {
        guard sighting.holder.state.isMiniSocket, let timer = sighting.socket.timer else {
            return nil
        }
        return .milliseconds(timer.milliseconds) + (TimeWait.longest - TimeWait.length)
    }
}
