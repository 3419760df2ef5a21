// SPDX-License-Identifier: Apache-2.0

/// A socket, or what is left of one, that may keep a local port from others.
///
/// What the kernel does not tell is `nil`: nothing in sock_diag(7) says whether a socket has
/// `SO_REUSEADDR`, for one. An outcome then says whether it depends on that.
public struct PortHolder: Hashable, Sendable {
    /// What it is doing.
    public var state: PortHolderState
    /// How it came by its port, or `nil` when that is not known.
    public var origin: PortOrigin?
    /// The local address as it is now: of a connection, the one it uses, whatever it was bound to.
    public var localAddress: InternetAddress
    /// The local port.
    public var port: UInt16
    /// The other end, for what has a four-tuple.
    public var remote: Destination?
    /// `IPV6_V6ONLY`; of no account with IPv4 and mapped addresses.
    ///
    /// bind(2) to one IPv6 address sets it silently. A connection of `::1` or another IPv6 address
    /// that was never bound to it, or was accepted by a listener on `::`, has what its socket or its
    /// listener had: usually not set.
    public var isIPv6Only: Bool?
    /// `SO_REUSEADDR`.
    public var reusesAddress: Bool?
    /// `SO_REUSEPORT`.
    public var reusesPort: Bool?
    /// The user who made it; of no account for mini-sockets, which have none.
    public var userID: UInt32?
    /// The index of the interface it is bound to (`SO_BINDTODEVICE`), or 0.
    public var interface: UInt32 = 0
    /// Whether both ends used timestamps (RFC 7323); of account for mini-sockets only.
    public var hasTimestamps: Bool?
    /// How long ago a mini-socket came to be.
    public var age: Duration?

    /// Makes a holder of which only this is known.
    public init(
        _ state: PortHolderState, origin: PortOrigin? = nil, at localAddress: InternetAddress,
        port: UInt16, remote: Destination? = nil
    ) {
        self.state = state
        self.origin = origin
        self.localAddress = localAddress
        self.port = port
        self.remote = remote
    }

    /// Whether it takes part in bind(2) at all: an entry of a handshake does not, and a dead
    /// connection under an open descriptor only keeps a port that bind(2) had named.
    var holdsPort: Bool {
        switch state {
        case .handshake: false
        case .deadDescriptor: origin == .explicit
        case .bound, .listening, .synSent, .synReceived, .established, .finWait1, .finWait2,
            .finWait2Record, .closing, .timeWait, .closeWait, .lastAck:
            true
        }
    }
}
