// SPDX-License-Identifier: Apache-2.0

package import SystemPackage
package import TCPClosing

/// A call of a watched command that has failed, as it was made; the thread is stopped at its end, so
/// that all of it can still be looked at.
package struct WatchedCall: Hashable, Sendable {
    /// Which call.
    package enum Kind: Int32, Hashable, Sendable, CaseIterable {
        case bind
        case listen
        case connect
    }

    package var kind: Kind
    /// What it failed with.
    package var code: Errno
    /// The process, and its thread that called.
    package var process: Int32
    package var thread: Int32
    /// The socket's descriptor in that process.
    package var descriptor: Int32
    /// The address and port: of bind(2) and connect(2) the argument; of listen(2), what the socket
    /// is bound to.
    package var address: Destination
    /// The socket; `nil` when it could not be looked at.
    package var socket: WatchedSocket?

    package init(
        _ kind: Kind, _ code: Errno, process: Int32, thread: Int32, descriptor: Int32,
        address: Destination, socket: WatchedSocket? = nil
    ) {
        self.kind = kind
        self.code = code
        self.process = process
        self.thread = thread
        self.descriptor = descriptor
        self.address = address
        self.socket = socket
    }

    /// Whether the call has failed for good: a connect(2) that is under way has not.
    static func isFailure(_ kind: Kind, _ code: Errno) -> Bool {
        switch kind {
        case .bind, .listen: true
        case .connect:
            ![.nowInProgress, .alreadyInProcess, .interrupted, .socketIsConnected, .wouldBlock]
                .contains(code)
        }
    }
}

/// A TCP socket of another process, through a copy of its descriptor.
package struct WatchedSocket: Hashable, Sendable {
    /// What sock_diag(7) knows it by.
    package var inode: UInt32
    /// Whether it is an IPv6 socket.
    package var isIPv6: Bool
    /// `SO_REUSEADDR`.
    package var reusesAddress: Bool
    /// `SO_REUSEPORT`.
    package var reusesPort: Bool
    /// `IPV6_V6ONLY`.
    package var isIPv6Only: Bool
    /// The index of the interface it is bound to (`SO_BINDTODEVICE`), or 0.
    package var interface: UInt32
    /// Where it is bound; port 0 when it is not.
    package var local: Destination?
}
