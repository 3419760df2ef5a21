// SPDX-License-Identifier: Apache-2.0

public import SystemPackage
public import TCPClosing

/// A socket that is handed from one place to another; it closes when the last reference goes.
public final class SharedTCPSocket: Sendable {
    /// The socket.
    public let socket: TCPSocket

    /// Takes over a socket.
    public init(_ socket: consuming TCPSocket) { self.socket = socket }

    /// A socket that listens on a port of all addresses, IPv6 and IPv4, with `SO_REUSEADDR` and the
    /// linger reset on; accepted connections inherit both.
    ///
    /// IPv4 only where the kernel has no IPv6.
    public static func listening(
        on port: UInt16, backlog: Int32 = 4096
    ) throws(Errno) -> SharedTCPSocket {
        let any: InternetAddress
        let socket: TCPSocket
        if let dualStack = try? TCPSocket(towards: .v6(high: 0, low: 0, zone: 0)) {
            socket = dualStack
            any = .v6(high: 0, low: 0, zone: 0)
            try socket.setIPv6Only(false)
        } else {
            socket = try TCPSocket(towards: .v4(0))
            any = .v4(0)
        }
        try socket.setReuseAddress()
        try socket.setLingerReset(true)
        try socket.bind(any, port: port)
        try socket.listen(backlog: backlog)
        return SharedTCPSocket(socket)
    }

    /// Accepts a connection and says who made it; `nil` when none waits.
    public func accept() throws(Errno) -> (connection: SharedTCPSocket, peer: Destination?)? {
        guard let accepted = try socket.accept() else { return nil }
        let peer = accepted.peer
        return (SharedTCPSocket(accepted.takeSocket()), peer)
    }
}
