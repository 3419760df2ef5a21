// SPDX-License-Identifier: Apache-2.0

/// One thing that happens to a connection: the steps an order is made of.
public enum ConnectionEvent: Hashable, Sendable {
    /// The process at one end does something.
    case call(UserCall, ConnectionEnd)
    /// A segment from one end arrives at the other. The index is its place among those in flight
    /// from there, 0 being the one sent first.
    case deliver(from: ConnectionEnd, Int)
    /// The network loses a segment from one end.
    case lose(from: ConnectionEnd, Int)
    /// The network makes a copy of a segment from one end; the copy travels last.
    case duplicate(from: ConnectionEnd, Int)
    /// The retransmission timer of one end fires.
    case retransmit(ConnectionEnd)
    /// A timer at one end ends something.
    case expire(ClosingTimer, ConnectionEnd)

    /// The process at one end closes its last descriptor.
    public static func close(_ end: ConnectionEnd) -> ConnectionEvent { .call(.close, end) }

    /// The end to which it happens, where a state may change; `nil` for a loss or a copy.
    public var end: ConnectionEnd? {
        switch self {
        case .call(_, let end), .retransmit(let end), .expire(_, let end): end
        case .deliver(from: let sender, _): sender.other
        case .lose, .duplicate: nil
        }
    }
}
