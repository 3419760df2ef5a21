// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
package import TCPClosing

/// Whether a connect(2) as asked for works now, as far as local ports decide it.
///
/// Whether anybody answers there is not asked: nothing is sent.
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
        /// It sends its SYN; so many ports are left when the kernel chooses.
        case works(freePorts: Int?)
        /// It works, and takes the place of a TIME-WAIT of the same connection.
        case displaces
        /// bind(2) to the source port fails before it.
        case bindFails
        /// connect(2) fails with `EADDRNOTAVAIL`: the same connection is there.
        case sameConnection
        /// It fails with `EADDRNOTAVAIL`, or not, as the old connection had timestamps or not.
        case uncertain
        /// connect(2) fails with `EADDRNOTAVAIL`: no port is left.
        case exhausted
        /// This machine has no address to call from.
        case noSourceAddress
    }

    package var destination: Destination
    package var source: Source
    package var verdict: Verdict
    /// bind(2) to the source port, where one is named.
    package var bind: BindDiagnosis?
    /// The connection in the way, where a source port is named.
    package var blocker: PortSighting?
    /// The traffic towards there, where there is some.
    package var traffic: PortEconomy.Outgoing?
    package var settings: PortSettings
    /// When the first TIME-WAIT towards there ends.
    package var firstEnd: Duration?

    /// - Parameters:
    ///   - destination: where the connection goes.
    ///   - source: which port it has.
    ///   - address: the local address that the routing table chooses; `nil` when there is none.
    ///   - bind: the diagnosis of bind(2) to the source port, where one is named.
    ///   - sightings: the machine's sockets.
    ///   - settings: the kernel's.
    package init(
        to destination: Destination, from source: Source, at address: InternetAddress?,
        bind: BindDiagnosis? = nil, among sightings: [PortSighting], settings: PortSettings
    ) {
        self.destination = destination
        self.source = source
        self.bind = bind
        self.settings = settings
        let towards = sightings.filter {
            $0.holder.remote?.port == destination.port
                && $0.holder.remote?.address.unmapped == destination.address.unmapped
        }
        firstEnd = towards.filter { $0.holder.state == .timeWait }
            .compactMap { $0.socket.timer }.map { .milliseconds($0.milliseconds) }.min()
        traffic = PortEconomy(of: sightings.map(\.socket), settings: settings).outgoing
            .first {
                $0.destination.address == destination.address.unmapped
                    && $0.destination.port == destination.port
            }
        guard let address else {
            verdict = .noSourceAddress
            return
        }
        switch source {
        case .automatic:
            let free = traffic?.freePorts ?? settings.automaticPortCount
            verdict = free == 0 ? .exhausted : .works(freePorts: free)
        case .port(let port):
            if let bind, bind.verdict != .works, bind.verdict != .uncertain {
                verdict = .bindFails
                return
            }
            let request = ConnectRequest(
                from: address, to: destination, reuse: settings.reuse)
            let outcome = BindRule.connect(
                request, from: port, among: towards.map(\.holder))
            switch outcome {
            case .succeeds: verdict = .works(freePorts: nil)
            case .displaces: verdict = .displaces
            case .addressNotAvailable: verdict = .sameConnection
            case .depends: verdict = .uncertain
            }
            blocker = towards.first { $0.socket.localPort == port }
        }
    }
}
