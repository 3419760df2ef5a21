// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
package import TCPClosing

/// A socket of the kernel's table, as one that may keep a port from others.
package struct PortSighting: Hashable, Sendable {
    package var socket: SocketSnapshot
    package var holder: PortHolder
    /// Whose it is, or why that is not visible.
    package var ownership: Ownership

    /// Whose a socket is.
    package enum Ownership: Hashable, Sendable {
        /// These processes hold its descriptor.
        case owned([PortOwner])
        /// The kernel keeps it for nobody: a mini-socket, or an orphan that is still closing.
        case nobody
        /// It waits in the queue of a listener.
        case notAccepted
        /// Somebody holds it; the text says why that is not visible.
        case hidden(String)
    }

    package init(_ socket: SocketSnapshot, ownership: Ownership) {
        self.socket = socket
        self.ownership = ownership
        holder = PortHolder(socket)
    }
}

/// A process that holds a socket.
package struct PortOwner: Hashable, Sendable {
    package var name: String
    package var pid: Int
    package var descriptor: Int
    package var user: String
    /// The systemd unit, or the container, if it is in one.
    package var unit: String?

    package init(name: String, pid: Int, descriptor: Int, user: String, unit: String? = nil) {
        self.name = name
        self.pid = pid
        self.descriptor = descriptor
        self.user = user
        self.unit = unit
    }
}

extension PortHolder {
    /// What the socket table tells of a holder; options are not among it, but for one.
    package init(_ socket: SocketSnapshot) {
        let hasRemote = socket.remotePort != 0
        self.init(
            PortHolderState(socket), origin: Self.origin(of: socket), at: socket.localAddress,
            port: socket.localPort,
            remote: hasRemote
                ? Destination(address: socket.remoteAddress, port: socket.remotePort) : nil)
        isIPv6Only = socket.isIPv6Only
        userID = socket.isMiniSocket ? nil : socket.userID
        interface = socket.interface
        if socket.state == .timeWait, let timer = socket.timer {
            age = TimeWait.length - .milliseconds(timer.milliseconds)
        }
    }

    /// A handshake or a connection that nobody has a descriptor of came from a listener; how the
    /// others came by their port the table does not tell.
    private static func origin(of socket: SocketSnapshot) -> PortOrigin? {
        switch socket.state {
        case .synReceived, .newSynReceived: .accepted
        // The table shows only those without a connection whose port bind(2) had named, or which
        // are open still.
        case .closed, .bound: .explicit
        case .established, .closeWait, .synSent, .finWait1, .finWait2, .timeWait, .lastAck, .listen,
            .closing:
            nil
        }
    }
}

extension PortHolderState {
    init(_ socket: SocketSnapshot) {
        switch socket.state {
        case .established: self = .established
        case .synSent: self = .synSent
        case .synReceived, .newSynReceived: self = .handshake
        case .finWait1: self = .finWait1
        case .finWait2: self = socket.isMiniSocket ? .finWait2Record : .finWait2
        case .timeWait: self = .timeWait
        case .closed, .bound: self = .bound
        case .closeWait: self = .closeWait
        case .lastAck: self = .lastAck
        case .listen: self = .listening
        case .closing: self = .closing
        }
    }
}
