// SPDX-License-Identifier: Apache-2.0

/// What a socket that has a local port is doing, or what is left of it, as Linux tells them apart.
///
/// The raw values are the words of the tables in `Docs/bind-rule.md`.
public enum PortHolderState: String, Hashable, Sendable, CaseIterable {
    /// Bound; neither listens nor is connected.
    case bound = "BOUND"
    /// Listens.
    case listening = "LISTEN"
    /// SYN-SENT.
    case synSent = "SYN_SENT"
    /// SYN-RECEIVED at a listener, which may be gone: an entry, not a socket yet.
    case handshake = "SYN_RECV"
    /// SYN-RECEIVED of a socket that had sent its own SYN: both ends opened at once (RFC 9293
    /// section 3.5).
    case synReceived = "SYN_RECV_SOCKET"
    /// ESTABLISHED.
    case established = "ESTABLISHED"
    /// FIN-WAIT-1, with a descriptor or as an orphan.
    case finWait1 = "FIN_WAIT1"
    /// FIN-WAIT-2 with a descriptor.
    case finWait2 = "FIN_WAIT2"
    /// FIN-WAIT-2 without one: a mini-socket, a record without owner, user or buffers.
    case finWait2Record = "FIN_WAIT2_MINI"
    /// CLOSING.
    case closing = "CLOSING"
    /// TIME-WAIT: always a mini-socket, even when a descriptor is still open.
    case timeWait = "TIME_WAIT"
    /// CLOSE-WAIT.
    case closeWait = "CLOSE_WAIT"
    /// LAST-ACK.
    case lastAck = "LAST_ACK"
    /// An open descriptor whose connection is over: reset, or closed by both ends.
    case deadDescriptor = "DEAD_FD"

    /// The state of RFC 9293 section 3.3.2; CLOSED for what has no connection.
    public var tcpState: TCPState {
        switch self {
        case .bound, .deadDescriptor: .closed
        case .listening: .listen
        case .synSent: .synSent
        case .handshake, .synReceived: .synReceived
        case .established: .established
        case .finWait1: .finWait1
        case .finWait2, .finWait2Record: .finWait2
        case .closing: .closing
        case .timeWait: .timeWait
        case .closeWait: .closeWait
        case .lastAck: .lastAck
        }
    }

    /// Whether it is a record that belongs to nobody (Linux `struct inet_timewait_sock`).
    public var isMiniSocket: Bool { self == .finWait2Record || self == .timeWait }

    /// Whether the kernel has a four-tuple for it, which no second connection may have.
    public var hasFourTuple: Bool {
        switch self {
        case .bound, .listening, .deadDescriptor: false
        case .synSent, .handshake, .synReceived, .established, .finWait1, .finWait2,
            .finWait2Record, .closing, .timeWait, .closeWait, .lastAck:
            true
        }
    }
}

/// How a socket came by its local port.
public enum PortOrigin: String, Hashable, Sendable, CaseIterable {
    /// bind(2) named the port.
    case explicit
    /// bind(2) with port 0, or listen(2) without bind(2): the kernel chose.
    case chosenByBind
    /// connect(2) without a port, or after bind(2) with `IP_BIND_ADDRESS_NO_PORT`: the kernel chose.
    case chosenByConnect
    /// It is the listener's.
    case accepted
}
