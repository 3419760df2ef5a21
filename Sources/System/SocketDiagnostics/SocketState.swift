// SPDX-License-Identifier: Apache-2.0

/// A state of a TCP socket as Linux numbers them (`include/net/tcp_states.h`).
///
/// The first eleven are RFC 9293's; the last two are the kernel's own.
public enum SocketState: UInt8, Hashable, Sendable, CaseIterable {
    /// ESTABLISHED.
    case established = 1
    /// SYN-SENT.
    case synSent
    /// SYN-RECEIVED; also a handshake at a listener, which is no socket yet.
    case synReceived
    /// FIN-WAIT-1.
    case finWait1
    /// FIN-WAIT-2.
    case finWait2
    /// TIME-WAIT.
    case timeWait
    /// CLOSED: a socket without a connection.
    case closed
    /// CLOSE-WAIT.
    case closeWait
    /// LAST-ACK.
    case lastAck
    /// LISTEN.
    case listen
    /// CLOSING.
    case closing
    /// What the kernel calls a handshake at a listener; answers say `synReceived`.
    case newSynReceived
    /// Bound, neither listening nor connected (kernel 6.8 and later); answers say `closed`.
    case bound
}

/// A set of socket states, as a request names them.
public struct SocketStates: OptionSet, Hashable, Sendable {
    /// Bit n for the state numbered n.
    public let rawValue: UInt32

    /// Makes a set of its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A set of one state.
    public init(_ state: SocketState) { self.init(rawValue: 1 << UInt32(state.rawValue)) }

    /// Every state, also those this library does not know.
    public static let all = SocketStates(rawValue: .max)
    /// Sockets that wait for connections.
    public static let listening = SocketStates(.listen)
    /// Sockets that are bound and neither listen nor are connected.
    public static let bound = SocketStates(.bound)
    /// What a closing connection can be in.
    public static let closing: SocketStates = [
        SocketStates(.finWait1), SocketStates(.finWait2), SocketStates(.closing),
        SocketStates(.timeWait), SocketStates(.closeWait), SocketStates(.lastAck),
    ]
}
