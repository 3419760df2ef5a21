// SPDX-License-Identifier: Apache-2.0

/// A holder that stands in the way of connect(2), and why.
public struct ConnectObstacle: Hashable, Sendable {
    /// Why it does not give way.
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// It is a connection between the same two addresses and ports, and no mini-socket.
        case sameConnection
        /// It is a mini-socket of that connection, which had no timestamps (RFC 7323): nothing would
        /// tell old segments from new ones.
        case withoutTimestamps
        /// The kernel chooses the port, and passes over FIN-WAIT-2 that nobody owns.
        case finWait2Record
        /// The kernel chooses the port, and `tcp_tw_reuse` does not let it take this TIME-WAIT.
        case reuseNotAllowed
        /// The kernel chooses the port, and this TIME-WAIT is younger than `tcp_tw_reuse_delay`.
        case tooYoung
        /// The kernel chooses the port, and passes over one that this socket came by otherwise.
        case portNotChosenByConnect
    }

    /// What is in the way.
    public var holder: PortHolder
    /// Why.
    public var reason: Reason
    /// What decides whether it is in the way; empty when it is for certain.
    public var dependsOn: [PortUnknown]

    /// Whether it is in the way, whatever is not known.
    public var isCertain: Bool { dependsOn.isEmpty }
}

/// How connect(2) ends, as far as ports decide it.
public enum ConnectOutcome: Hashable, Sendable {
    /// It sends its SYN.
    case succeeds
    /// It sends its SYN, and this mini-socket of the same connection is gone.
    case displaces(PortHolder)
    /// It fails with `EADDRNOTAVAIL` because of these; certain ones come first.
    case addressNotAvailable([ConnectObstacle])
    /// It fails with `EADDRNOTAVAIL`, or succeeds: that depends on what is not known about these.
    case depends([ConnectObstacle])

    /// The holders in the way, for certain or perhaps.
    public var obstacles: [ConnectObstacle] {
        switch self {
        case .succeeds, .displaces: []
        case .addressNotAvailable(let obstacles), .depends(let obstacles): obstacles
        }
    }
}
