// SPDX-License-Identifier: Apache-2.0

/// Whether bind(2), listen(2) and connect(2) succeed beside the sockets that are there.
///
/// *bind(2) fails with `EADDRINUSE` if and only if some socket holds the port, and the addresses
/// overlap, and they share it neither by `SO_REUSEADDR` nor by `SO_REUSEPORT`:*
///
/// 1. Everything holds its port but the entry of a handshake, and a dead connection under an open
///    descriptor whose port bind(2) had not named (`PortHolder`).
/// 2. A wildcard overlaps all of its family, `::` without `IPV6_V6ONLY` all of IPv4 as well
///    (`AddressOverlap`). Sockets bound to different interfaces are apart.
/// 3. Two sockets share by `SO_REUSEADDR` when both have it and the old one does not listen, whoever
///    they belong to; by `SO_REUSEPORT` when both have it and belong to one user, or the old one is
///    a mini-socket.
///
/// Source: Linux `net/ipv4/inet_connection_sock.c` (`inet_bind_conflict`, `inet_csk_get_port`), and
/// measured: `Docs/bind-rule.md`. What bind(2) checks before it looks at other sockets is not here:
/// whether the address is this machine's, and whether the port needs a privilege.
public enum BindRule {
    /// How bind(2) ends.
    public static func bind(_ request: BindRequest, among holders: [PortHolder]) -> BindOutcome {
        if request.address.isMapped, request.isIPv6Only { return .mappedAddressRefused }
        return BindOutcome(holders.compactMap { obstacle(to: request, by: $0) })
    }

    /// How listen(2) ends on a socket that is bound as requested; it is not among the holders.
    ///
    /// The kernel asks again what it asked in bind(2) (`inet_csk_listen_start`). So this fails when
    /// another socket that shares by `SO_REUSEADDR` has begun to listen in between.
    public static func listen(_ request: BindRequest, among holders: [PortHolder]) -> BindOutcome {
        BindOutcome(holders.compactMap { obstacle(to: request, by: $0) })
    }

    /// How listen(2) ends when another socket that is bound there listens first: the restart race.
    public static func listenLate(
        _ request: BindRequest, after earlier: PortHolder, among holders: [PortHolder] = []
    ) -> BindOutcome {
        var listener = earlier
        listener.state = .listening
        return listen(request, among: holders + [listener])
    }

    /// How bind(2) with port 0 would end if the request's port were the only one that the kernel
    /// might choose.
    ///
    /// The kernel chooses no port that anything with an overlapping address holds, whoever would share
    /// it, unless `net.ipv4.ip_autobind_reuse` is 1: then it does when it has found no other, and both
    /// sockets share by `SO_REUSEADDR` and would not by `SO_REUSEPORT` (`inet_csk_find_open_port`).
    public static func bind(
        choosingPortOf request: BindRequest, among holders: [PortHolder],
        autobindReuse: Bool = false
    ) -> BindOutcome {
        if request.address.isMapped, request.isIPv6Only { return .mappedAddressRefused }
        return BindOutcome(
            holders.compactMap { holder in
                obstacle(to: request, by: holder) {
                    !autobindReuse || !shareByAddress($0, request) || shareByPort($0, request)
                }
            })
    }

    private static func obstacle(to request: BindRequest, by holder: PortHolder) -> BindObstacle? {
        obstacle(to: request, by: holder) {
            !shareByAddress($0, request) && !shareByPort($0, request)
        }
    }

    /// What a holder is to a request, when a rule says which two do not share.
    private static func obstacle(
        to request: BindRequest, by holder: PortHolder, when isExclusive: (PortHolder) -> Bool
    ) -> BindObstacle? {
        guard holder.port == request.port, let overlap = AddressOverlap(request, holder),
            interfacesMeet(holder.interface, request.interface)
        else { return nil }
        var obstacle = BindObstacle(holder, request, overlap)
        let weighed = holder.weigh(for: request.userID) {
            $0.holdsPort && AddressOverlap(request, $0) != nil && isExclusive($0)
        }
        switch weighed {
        case .never: return nil
        case .always: return obstacle
        case .depends(let unknowns):
            obstacle.dependsOn = unknowns
            return obstacle
        }
    }

    private static func shareByAddress(_ holder: PortHolder, _ request: BindRequest) -> Bool {
        request.reusesAddress && holder.reusesAddress == true && holder.state != .listening
    }

    private static func shareByPort(_ holder: PortHolder, _ request: BindRequest) -> Bool {
        request.reusesPort && holder.reusesPort == true
            && (holder.state.isMiniSocket || holder.userID == request.userID)
    }

    private static func interfacesMeet(_ one: UInt32, _ other: UInt32) -> Bool {
        one == 0 || other == 0 || one == other
    }
}
