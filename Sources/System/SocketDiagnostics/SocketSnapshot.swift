// SPDX-License-Identifier: Apache-2.0

public import TCPClosing

/// One TCP socket at the moment the kernel was asked: `struct inet_diag_msg`, as values.
public struct SocketSnapshot: Hashable, Sendable {
    /// The state; a bound socket that does not listen is shown as `closed`.
    public var state: SocketState
    /// The local address; the wildcard is all zeros.
    public var localAddress: InternetAddress
    /// The local port; 0 when the socket has none.
    public var localPort: UInt16
    /// The remote address; all zeros without a connection.
    public var remoteAddress: InternetAddress
    /// The remote port; 0 without a connection.
    public var remotePort: UInt16
    /// The timer that runs, if one does.
    public var timer: SocketTimer?
    /// How often the first unacknowledged segment has been sent again, or how many probes went out.
    public var retransmissions: UInt8
    /// The owner's user id; 0 for what has no owner any more, TIME-WAIT for one.
    public var userID: UInt32
    /// The inode of the socket's descriptor; 0 for orphans and connections not accepted yet.
    public var inode: UInt32
    /// Bytes not read yet; for a listener, connections not accepted yet.
    public var receiveQueue: UInt32
    /// Bytes not acknowledged yet; for a listener, the limit of its queue.
    public var sendQueue: UInt32
    /// The interface the socket is bound to, by index; 0 for none.
    public var interface: UInt32
    /// What names this socket and no later one with the same addresses.
    public var cookie: UInt64
    /// `IPV6_V6ONLY`; `nil` when the kernel does not say.
    public var isIPv6Only: Bool?
    /// `SO_MARK`; `nil` without `CAP_NET_ADMIN`.
    public var mark: UInt32?
    /// The number of the control group it was made in, which is the inode of its directory in
    /// cgroup2; `nil` for mini-sockets.
    public var controlGroupID: UInt64?

    /// How many connections a listener's queue may hold; `nil` for other sockets.
    public var backlog: UInt32? { state == .listen ? sendQueue : nil }

    /// Whether only a small record is left: TIME-WAIT, or FIN-WAIT-2 that nobody owns.
    ///
    /// Such a record has no owner, no buffers and one timer, the one that ends it.
    public var isMiniSocket: Bool {
        state == .timeWait || state == .finWait2 && timer?.kind == .timeWait
    }
}

/// The timer of a socket.
public struct SocketTimer: Hashable, Sendable {
    /// What happens when it expires.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// The first unacknowledged segment is sent again.
        case retransmission = 1
        /// A keepalive probe; also the end of an orphan in FIN-WAIT-2 while `tcp_fin_timeout` is
        /// above 60 s (measured).
        case keepAlive
        /// The end of TIME-WAIT, or of a FIN-WAIT-2 that nobody owns.
        case timeWait
        /// A probe of a closed window.
        case windowProbe
    }

    /// What it is for.
    public var kind: Kind
    /// Milliseconds until it expires; 0 when it is due.
    ///
    /// TIME-WAIT stays at 0 for up to 2 s, because the kernel rounds its timers up (measured).
    public var milliseconds: UInt32

    /// Makes a timer.
    public init(kind: Kind, milliseconds: UInt32) {
        self.kind = kind
        self.milliseconds = milliseconds
    }
}
