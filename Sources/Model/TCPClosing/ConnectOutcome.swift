// SPDX-License-Identifier: Apache-2.0

/// A holder that stands in the way of connect(2), and why.
public struct ConnectObstacle: Hashable, Sendable {
    /// Why it does not give way.
    public enum Reason: Hashable, Sendable {
        /// It is a connection between the same two addresses and ports, and no mini-socket.
        case sameConnection
        /// It is a mini-socket of that connection that may not be taken over.
        case notTakenOver(TimeWaitReuse.Refusal)
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
