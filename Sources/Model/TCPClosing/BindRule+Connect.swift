// SPDX-License-Identifier: Apache-2.0

/// Whether connect(2) succeeds from a port.
///
/// *It fails with `EADDRNOTAVAIL`, never with `EADDRINUSE`, if and only if the four-tuple exists and
/// does not give way.* Only a mini-socket gives way, as `TimeWaitReuse` says. When the kernel chooses, it also passes over ports
/// that are held by anything but connections whose ports it chose in the same way.
///
/// Source: Linux `__inet_check_established`, `__inet_hash_connect` (`net/ipv4/inet_hashtables.c`) and
/// `tcp_twsk_unique` (`net/ipv4/tcp_ipv4.c`), and measured: `Docs/bind-rule.md`.
extension BindRule {
    /// How connect(2) ends on a socket that has this port from bind(2); it is not among the holders.
    public static func connect(
        _ request: ConnectRequest, from port: UInt16, among holders: [PortHolder]
    ) -> ConnectOutcome {
        outcome(of: request, port, chosenBy: .bound, among: holders)
    }

    /// How connect(2) would end if this were the only port that the kernel might choose, for a socket
    /// without one, or bound with `IP_BIND_ADDRESS_NO_PORT`.
    public static func connect(
        _ request: ConnectRequest, choosing port: UInt16, among holders: [PortHolder]
    ) -> ConnectOutcome {
        outcome(of: request, port, chosenBy: .automatic, among: holders)
    }

    private static func outcome(
        of request: ConnectRequest, _ port: UInt16, chosenBy choice: TimeWaitReuse.PortChoice,
        among holders: [PortHolder]
    ) -> ConnectOutcome {
        var certain: [ConnectObstacle] = []
        var possible: [ConnectObstacle] = []
        var displaced: PortHolder?
        // A port that no socket holds is taken without a look at what else names it: the entry of a
        // handshake whose listener is gone (measured).
        let isHeld = holders.contains { $0.port == port && $0.holdsPort }
        for holder in holders where holder.port == port {
            if choice == .automatic, !isHeld, holder.state == .handshake { continue }
            // The reason is that of the first of all that the unknowns allow.
            var reason: ConnectObstacle.Reason?
            let weighed = holder.weigh(for: 0) { holder in
                let found = obstacle(to: request, chosenBy: choice, by: holder)
                reason = reason ?? found
                return found != nil
            }
            switch (weighed, reason) {
            case (.always, let reason?):
                certain.append(ConnectObstacle(holder: holder, reason: reason, dependsOn: []))
            case (.depends(let unknowns), let reason?):
                possible.append(
                    ConnectObstacle(holder: holder, reason: reason, dependsOn: unknowns))
            case (.never, _), (.always, nil), (.depends, nil):
                if isSame(holder, request) { displaced = holder }
            }
        }
        if !certain.isEmpty { return .addressNotAvailable(certain + possible) }
        if !possible.isEmpty { return .depends(possible) }
        return displaced.map(ConnectOutcome.displaces) ?? .succeeds
    }

    /// Whether a holder is the connection that is asked for.
    ///
    /// A connection bound to an interface is found only by who is bound to it too
    /// (Linux `inet_match`).
    private static func isSame(_ holder: PortHolder, _ request: ConnectRequest) -> Bool {
        guard holder.state.hasFourTuple, let remote = holder.remote else { return false }
        return remote.port == request.destination.port
            && remote.address.isSame(as: request.destination.address)
            && holder.localAddress.isSame(as: request.source)
            && (holder.interface == 0 || holder.interface == request.interface)
    }

    /// Why a holder of which everything is known is in the way, if it is.
    private static func obstacle(
        to request: ConnectRequest, chosenBy choice: TimeWaitReuse.PortChoice, by holder: PortHolder
    ) -> ConnectObstacle.Reason? {
        if choice == .automatic, holder.holdsPort, holder.origin != .chosenByConnect {
            return .portNotChosenByConnect
        }
        guard isSame(holder, request) else { return nil }
        guard holder.state.isMiniSocket else { return .sameConnection }
        let takeover = TimeWaitReuse(
            holder.state == .finWait2Record ? .finWait2 : .timeWait,
            hadTimestamps: holder.hasTimestamps == true, choice: choice, age: holder.age ?? .zero,
            setting: request.reuse.setting,
            isLoopback: request.source.isLoopback || request.destination.address.isLoopback,
            delay: request.reuse.delay)
        switch takeover.answer {
        case .takesOver: return nil
        case .refused(let refusal): return .notTakenOver(refusal)
        }
    }
}
