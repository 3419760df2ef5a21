// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
package import TCPClosing

/// A socket of the kernel's table, as one that may keep a port from others.
package struct PortSighting: Hashable, Sendable {
    package var socket: SocketSnapshot
    package var holder: PortHolder
    /// Whose it is, or why that is not visible.
    package var ownership: Ownership
    /// How many sockets it stands for: itself, and others of which only the other end differs.
    package var count: Int

    /// Whose a socket is.
    package enum Ownership: Hashable, Sendable {
        /// These processes hold its descriptor.
        case owned([PortOwner])
        /// The kernel keeps it for nobody: a mini-socket, or an orphan that is still closing.
        case nobody
        /// It waits in the queue of a listener.
        case notAccepted
        /// Somebody holds it who is not visible.
        case hidden(HiddenOwner)
        /// It was not looked for.
        case unknown
    }

    /// Makes one of a socket; `options` is what its owner's descriptor tells and the table does not.
    package init(
        _ socket: SocketSnapshot, ownership: Ownership = .unknown, options: SharingOptions? = nil,
        count: Int = 1
    ) {
        self.socket = socket
        self.ownership = ownership
        self.count = count
        holder = PortHolder(socket)
        holder.reusesAddress = options?.reusesAddress
        holder.reusesPort = options?.reusesPort
    }
}

/// What is known of the owner of a socket who is not visible.
package struct HiddenOwner: Hashable, Sendable {
    /// The user who made the socket.
    package var user: String
    /// The systemd unit or the container in which it was made.
    package var unit: String?
    /// Why the owner is not visible, as a clause.
    package var reason: String
    /// Whether root would see it.
    package var isForRoot: Bool

    package init(user: String, unit: String? = nil, reason: String, isForRoot: Bool) {
        self.user = user
        self.unit = unit
        self.reason = reason
        self.isForRoot = isForRoot
    }
}

extension PortSighting.Ownership {
    /// - Parameters:
    ///   - ownership: what a look at all processes has found.
    ///   - socket: the socket.
    ///   - unit: where the socket was made, if that is known.
    ///   - userName: the name of a user.
    ///   - upTime: how long ago the machine was started.
    package init(
        _ ownership: SocketOwnership, of socket: SocketSnapshot, unit: String?,
        userName: (UInt32) -> String, upTime: Duration?
    ) {
        switch ownership {
        case .owned(let owners):
            self = .owned(owners.map { PortOwner($0, userName: userName, upTime: upTime) })
        case .notVisible(let reasons):
            switch reasons.first {
            case .orphan?: self = .nobody
            case .notAccepted?: self = .notAccepted
            case .otherUser?, .otherPIDNamespace?, .inFlight?, .kernel?, .closedMeanwhile?, nil:
                // That of its maker explains enough; of the others none is likelier.
                let isLikely = reasons.first == .otherUser(socket.userID)
                let clauses = reasons.prefix(isLikely ? 1 : 2)
                    .compactMap { Self.clause($0, userName) }
                self = .hidden(
                    HiddenOwner(
                        user: userName(socket.userID), unit: unit,
                        reason: clauses.joined(separator: ", or "),
                        isForRoot: reasons.contains { $0.isForRoot }))
            }
        }
    }

    private static func clause(
        _ reason: InvisibleOwner, _ userName: (UInt32) -> String
    ) -> String? {
        switch reason {
        case .orphan, .notAccepted: nil
        case .otherUser(let user): "the processes of user \(userName(user)) hide their descriptors"
        case .otherPIDNamespace: "it is in a pid namespace that is not visible from here"
        case .inFlight(let queues):
            queues.first.map {
                "its descriptor is on its way through the Unix socket \($0.descriptor) of "
                    + "\($0.process.name) (pid \($0.process.number))"
            } ?? "its descriptor is on its way through a Unix socket"
        case .kernel: "the kernel itself has it"
        case .closedMeanwhile: "it was closed just now"
        }
    }
}

extension InvisibleOwner {
    fileprivate var isForRoot: Bool {
        switch self {
        case .otherUser: true
        case .orphan, .notAccepted, .otherPIDNamespace, .inFlight, .kernel, .closedMeanwhile: false
        }
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
        // A dead connection's socket still names its other end (measured).
        case .closed, .bound: self = socket.remotePort == 0 ? .bound : .deadDescriptor
        case .closeWait: self = .closeWait
        case .lastAck: self = .lastAck
        case .listen: self = .listening
        case .closing: self = .closing
        }
    }
}
