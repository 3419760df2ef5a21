// SPDX-License-Identifier: Apache-2.0

import Glibc
package import SystemPackage

/// A second descriptor of a socket, lent to a library that may close it or leave it open.
///
/// The socket itself stays ours. Libraries that are handed a descriptor close it on some of their
/// ways out and not on others (libssh); `takeBack()` closes it only when it still is this socket,
/// told by its inode: the number may belong to something else by then.
package struct LentDescriptor: ~Copyable {
    /// The descriptor to hand out.
    package let descriptor: Int32
    private let identity: Identity?

    private struct Identity: Equatable {
        var device: UInt
        var inode: UInt

        init?(of descriptor: Int32) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { return nil }
            device = UInt(status.st_dev)
            inode = UInt(status.st_ino)
        }
    }

    fileprivate init(_ descriptor: Int32) {
        self.descriptor = descriptor
        identity = Identity(of: descriptor)
    }

    /// Closes the descriptor if the library has left it open.
    package consuming func takeBack() {
        if let identity, identity == Identity(of: descriptor) { _ = close(descriptor) }
    }
}

extension TCPSocket {
    /// Makes a second descriptor of this socket, for a library.
    ///
    /// The corresponding C function is fcntl(2) with `F_DUPFD_CLOEXEC`.
    package borrowing func lend() throws(Errno) -> LentDescriptor {
        let descriptor = descriptor
        return LentDescriptor(try systemCall { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) })
    }

    /// Makes the socket non-blocking again, after a library has made it block.
    ///
    /// The flag belongs to the open socket, not to a descriptor (fcntl(2)).
    package borrowing func setNonBlocking() throws(Errno) {
        let descriptor = descriptor
        let flags = try systemCall { fcntl(descriptor, F_GETFL) }
        guard flags & O_NONBLOCK == 0 else { return }
        try systemCall { fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
    }

    /// Sends small pieces at once, also while earlier ones are not acknowledged (`TCP_NODELAY`).
    package borrowing func setNoDelay() throws(Errno) {
        try setOption(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }
}
