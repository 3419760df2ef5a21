// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
package import TCPClosing

/// Whether a connect(2) as asked for works now, as far as this machine decides it.
///
/// Whether anybody elsewhere answers is not asked: nothing is sent.
package struct ConnectDiagnosis: Hashable, Sendable {
    /// Which local port the connection has.
    package enum Source: Hashable, Sendable {
        /// The kernel chooses.
        case automatic
        /// This one, by bind(2) before.
        case port(UInt16)
    }

    /// The answer.
    package enum Verdict: Hashable, Sendable {
        /// It sends its SYN.
        case works
        /// It works, and takes the place of a mini-socket of the same connection.
        case displaces
        /// bind(2) to the source port fails before it.
        case bindFails
        /// bind(2) to the source port may fail before it.
        case bindUncertain
        /// connect(2) fails with `EADDRNOTAVAIL`: the same connection is there.
        case sameConnection
        /// It fails with `EADDRNOTAVAIL`, or not, as the old connection had timestamps or not.
        case uncertain
        /// connect(2) fails with `EADDRNOTAVAIL`: no port is left.
        case exhausted
        /// It fails with `ECONNREFUSED`: the destination is this machine, where nobody listens.
        case nobodyListens
        /// It fails with `ENETUNREACH`: there is no route, or no address to call from.
        case unreachable
    }

    package var destination: Destination
    package var source: Source
    package var verdict: Verdict
    /// bind(2) to the source port, where one is named.
    package var bind: BindDiagnosis?
    /// The connection in the way, where a source port is named.
    package var blocker: PortSighting?
    package var budget: PortBudget
    package var settings: PortSettings

    /// What is known of the destination and the way there.
    package struct Way: Hashable, Sendable {
        /// The local address that the routing table chooses; `nil` when there is none.
        package var source: InternetAddress?
        /// Whether the destination is this machine.
        package var isHere: Bool
        /// What the kernel's settings are.
        package var settings: PortSettings

        package init(source: InternetAddress?, isHere: Bool, settings: PortSettings) {
            self.source = source
            self.isHere = isHere
            self.settings = settings
        }
    }

    /// - Parameters:
    ///   - destination: where the connection goes.
    ///   - source: which port it has.
    ///   - way: the way there.
    ///   - bind: the diagnosis of bind(2) to the source port, where one is named.
    ///   - sightings: the sockets towards the destination's port, and those that are bound or listen.
    package init(
        to destination: Destination, from source: Source, along way: Way,
        bind: BindDiagnosis? = nil, among sightings: [PortSighting]
    ) {
        self.destination = destination
        self.source = source
        self.bind = bind
        settings = way.settings
        budget = PortBudget(
            towards: destination, from: way.source, among: sightings.map(\.socket),
            settings: way.settings)
        guard let address = way.source else {
            verdict = .unreachable
            return
        }
        switch source {
        case .automatic: verdict = budget.freePorts == 0 ? .exhausted : .works
        case .port(let port):
            var towards = sightings.filter { $0.isTowards(destination) }
            if !settings.usesTimestamps {
                // As the setting is now; without this end's, a connection has none.
                for place in towards.indices { towards[place].holder.hasTimestamps = false }
            }
            let request = ConnectRequest(from: address, to: destination, reuse: settings.reuse)
            let outcome = BindRule.connect(request, from: port, among: towards.map(\.holder))
            verdict = Self.verdict(outcome, bind?.verdict)
            blocker = towards.first { sighting in
                sighting.socket.localPort == port
                    && sighting.socket.localAddress.unmapped == address.unmapped
            }
        }
        if verdict == .works, way.isHere, !Self.isServed(destination, sightings) {
            verdict = .nobodyListens
        }
    }

    private static func verdict(
        _ outcome: ConnectOutcome, _ bind: BindDiagnosis.Verdict?
    ) -> Verdict {
        switch (bind, outcome) {
        case (.blocked, _), (.notAllowed, _), (.addressNotHere, _), (.mappedAddressRefused, _):
            return .bindFails
        // One of the two fails, whichever it is.
        case (_, .addressNotAvailable): return .sameConnection
        case (.uncertain, _): return .bindUncertain
        case (_, .succeeds): return .works
        case (_, .displaces): return .displaces
        case (_, .depends): return .uncertain
        }
    }

    /// Whether a socket of this machine listens where the connection goes.
    private static func isServed(_ destination: Destination, _ sightings: [PortSighting]) -> Bool {
        let goal = destination.address.unmapped
        return sightings.contains { sighting in
            guard sighting.holder.state == .listening,
                sighting.socket.localPort == destination.port
            else { return false }
            let address = sighting.socket.localAddress.unmapped
            // A connection to 0.0.0.0 goes to this machine.
            if address == goal || goal.isWildcard { return true }
            switch (address.isWildcard, address, goal) {
            case (true, .v4, .v4), (true, .v6, .v6): return true
            case (true, .v6, .v4): return sighting.holder.isIPv6Only != true
            case (_, _, _): return false
            }
        }
    }
}

extension PortSighting {
    fileprivate func isTowards(_ destination: Destination) -> Bool {
        holder.remote?.port == destination.port
            && holder.remote?.address.unmapped == destination.address.unmapped
    }
}
