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

    /// How the answer is known.
    package enum Certainty: String, Hashable, Sendable, CaseIterable {
        /// By the kernel's rule, of which everything that decides is known.
        case certain
        /// Something that decides is not known.
        case depends
        /// By doing it.
        case proved
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
    package var certainty: Certainty
    /// What is in the way: the one that says most first.
    package var blockers: [Blocker]
    package var remedies: [Remedy]
    package var surroundings: Surroundings

    /// What the machine says of the request before it looks at other sockets.
    package struct Surroundings: Hashable, Sendable {
        /// Whether the address is one of this machine's, or a wildcard.
        package var addressIsHere = true
        /// The addresses of this machine, where the one asked for is none of them.
        package var addresses: [InternetAddress] = []
        /// Whether the port may be bound by who asks.
        package var portIsAllowed = true
        /// `ip_unprivileged_port_start`.
        package var firstFreePort = 1024
        /// What the kernel may choose by itself.
        package var settings = PortSettings()

        package init() {}
    }

    /// - Parameters:
    ///   - request: what is asked.
    ///   - isListen: whether listen(2) is asked for, of a socket that is bound.
    ///   - sightings: at least the sockets of that port, of both families.
    ///   - counterparts: sockets of this machine that may be their other ends.
    ///   - surroundings: what else the machine says.
    package init(
        _ request: BindRequest, isListen: Bool = false, among sightings: [PortSighting],
        counterparts: [PortSighting] = [], in surroundings: Surroundings = Surroundings()
    ) {
        self.request = request
        self.surroundings = surroundings
        let holders = sightings.map(\.holder)
        let outcome =
            isListen
            ? BindRule.listen(request, among: holders) : BindRule.bind(request, among: holders)
        blockers = Self.blockers(outcome.obstacles, sightings, sightings + counterparts)
        verdict = Self.verdict(outcome, request, isListen ? Surroundings() : surroundings)
        certainty = verdict == .uncertain ? .depends : .certain
        remedies = []
        setRemedies()
    }

    /// In the order in which the kernel asks: `__inet_bind` looks at the address before the
    /// privilege, `__inet6_bind` after it.
    private static func verdict(
        _ outcome: BindOutcome, _ request: BindRequest, _ surroundings: Surroundings
    ) -> Verdict {
        let isIPv4: Bool
        switch request.address {
        case .v4: isIPv4 = true
        case .v6: isIPv4 = false
        }
        if isIPv4, !surroundings.addressIsHere { return .addressNotHere }
        if !surroundings.portIsAllowed { return .notAllowed }
        if outcome == .mappedAddressRefused { return .mappedAddressRefused }
        if !surroundings.addressIsHere { return .addressNotHere }
        switch outcome {
        case .succeeds: return .works
        case .addressInUse: return .blocked
        case .depends: return .uncertain
        case .mappedAddressRefused: return .mappedAddressRefused
        }
    }

    private mutating func setRemedies() {
        switch verdict {
        case .blocked, .uncertain:
            remedies =
                blockers.first
                .map { Remedy.all(against: $0, of: request, settings: surroundings.settings) } ?? []
        case .notAllowed: remedies = Remedy.forPrivilege(port: request.port)
        case .addressNotHere: remedies = Remedy.forAddress(request.address)
        case .works, .mappedAddressRefused: remedies = []
        }
    }

    /// The kernel was asked by doing: the answer is certain now.
    ///
    /// When a failure hung on `SO_REUSEADDR` of the socket in the way alone, that has not got it.
    package mutating func settle(works: Bool) {
        switch (verdict, works) {
        case (.uncertain, true):
            verdict = .works
            blockers = []
        case (.uncertain, false):
            verdict = .blocked
            if blockers.count == 1 { blockers[0].settle() }
        case (.works, true), (.blocked, false): break
        // The world has changed between the two; what was done counts for nothing now.
        case (.works, false), (.blocked, true), (.notAllowed, _), (.addressNotHere, _),
            (.mappedAddressRefused, _):
            return
        }
        certainty = .proved
        setRemedies()
    }

    private static func blockers(
        _ obstacles: [BindObstacle], _ sightings: [PortSighting], _ all: [PortSighting]
    ) -> [Blocker] {
        var places = Dictionary(grouping: sightings.indices) { sightings[$0].holder }
        var blockers: [Blocker] = []
        for obstacle in obstacles {
            // Two sockets may look alike; each is taken once.
            guard let place = places[obstacle.holder]?.popLast() else { continue }
            blockers.append(Blocker(sighting: sightings[place], obstacle: obstacle))
        }
        blockers = blockers.enumerated()
            .sorted { ($0.element.weight, $0.offset) < ($1.element.weight, $1.offset) }
            .map(\.element)
        // Only those that are shown; there may be very many.
        for place in blockers.indices.prefix(shown) {
            blockers[place].counterpart = counterpart(of: blockers[place].sighting, all)
        }
        return blockers
    }

    /// How many blockers a text shows.
    static let shown = 5

    /// The other end of a connection, where it is on this machine.
    private static func counterpart(
        of sighting: PortSighting, _ sightings: [PortSighting]
    ) -> PortSighting? {
        guard let name = sighting.counterpartName else { return nil }
        return sightings.first { other in
            other.socket.localPort == name.local.port
                && other.socket.localAddress.unmapped == name.local.address
                && other.holder.remote?.port == name.remote.port
                && other.holder.remote?.address.unmapped == name.remote.address
                && other.holder.state.hasFourTuple && other != sighting
        }
    }
}

extension PortSighting {
    /// The name of the other end of a connection whose end is up to that other end.
    package var counterpartName: (local: Destination, remote: Destination)? {
        switch holder.state {
        case .finWait2, .finWait2Record: break
        case .bound, .listening, .synSent, .handshake, .synReceived, .established, .finWait1,
            .closing, .timeWait, .closeWait, .lastAck, .deadDescriptor:
            return nil
        }
        guard let remote = holder.remote else { return nil }
        return (
            Destination(address: remote.address.unmapped, port: remote.port),
            Destination(address: socket.localAddress.unmapped, port: socket.localPort)
        )
    }
}

extension BindDiagnosis.Blocker {
    /// bind(2) has failed because of this one.
    fileprivate mutating func settle() {
        guard obstacle.dependsOn == [.reuseAddress] else { return }
        obstacle.dependsOn = []
        obstacle.holder.reusesAddress = false
        obstacle.lacks = [.holderWithoutReuseAddress]
    }

    /// What explains most comes first: who is certain, who listens, who lasts.
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
