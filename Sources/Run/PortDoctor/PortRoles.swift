// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
package import TCPClosing

/// Which end of a connection was called: what the ports of both ends tell.
package struct PortRoles: Hashable, Sendable {
    /// Ports of this machine that are listened on.
    package var listening = PortSet()
    /// Ports that a kernel chooses from.
    package var automatic: PortSet

    package init(automatic: PortSet) { self.automatic = automatic }

    /// A service's port is listened on, or lies outside of what the kernel chooses from while the
    /// other end's does not.
    package func isIncoming(_ socket: SocketSnapshot) -> Bool {
        if listening.contains(socket.localPort) { return true }
        if automatic.contains(socket.localPort) { return false }
        return automatic.contains(socket.remotePort)
    }

    /// What the connection belongs to in the tables.
    package func place(of socket: SocketSnapshot) -> ConnectionPlace {
        isIncoming(socket)
            ? .service(socket.localPort)
            : .destination(
                Destination(address: socket.remoteAddress.unmapped, port: socket.remotePort))
    }
}

/// What connections are counted together for.
package enum ConnectionPlace: Hashable, Sendable, CustomStringConvertible {
    /// From this machine to there.
    case destination(Destination)
    /// To this port of this machine.
    case service(UInt16)

    /// `to 10.0.0.9:5432`, `at port 8080`.
    package var description: String {
        switch self {
        case .destination(let destination): "to \(destination)"
        case .service(let port): "at port \(port)"
        }
    }
}

/// Both ends of a connection, in the form both families share.
package struct ConnectionEnds: Hashable, Sendable {
    package var local: Destination
    package var remote: Destination

    package init(_ socket: SocketSnapshot) {
        local = Destination(address: socket.localAddress.unmapped, port: socket.localPort)
        remote = Destination(address: socket.remoteAddress.unmapped, port: socket.remotePort)
    }
}
