// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
public import SystemPackage

/// The two options by which sockets share a port (socket(7)), as the socket has them.
///
/// sock_diag(7) shows neither, to nobody: they are read from a copy of the owner's descriptor.
public struct SharingOptions: Hashable, Sendable {
    /// `SO_REUSEADDR`.
    public var reusesAddress: Bool
    /// `SO_REUSEPORT`.
    public var reusesPort: Bool

    /// Makes options.
    public init(reusesAddress: Bool, reusesPort: Bool) {
        self.reusesAddress = reusesAddress
        self.reusesPort = reusesPort
    }

    /// Reads them from a socket of a process, through a copy of its descriptor (pidfd_getfd(2)).
    ///
    /// Needs what ptrace(2) needs: root, or a process of the same user where no security module
    /// says otherwise. While the copy is there, for some microseconds, the owner's close(2) does not
    /// close the socket yet.
    ///
    /// - Parameters:
    ///   - owner: a process that has the socket.
    ///   - inode: the socket's, as the table shows it; the descriptor may have been closed
    ///   and given away since.
    /// - Throws: `notPermitted`; `noSuchProcess` or `badFileDescriptor` when it is gone.
    public init(of owner: SocketOwner, inode: UInt32) throws(Errno) {
        let copy = lastcall_copy_descriptor(owner.process.number, owner.descriptor)
        guard copy >= 0 else { throw Errno(rawValue: errno) }
        defer { _ = close(copy) }
        var status = stat()
        guard fstat(copy, &status) == 0, status.st_ino == UInt64(inode) else {
            throw .badFileDescriptor
        }
        try self.init(
            reusesAddress: Self.option(SO_REUSEADDR, of: copy),
            reusesPort: Self.option(SO_REUSEPORT, of: copy))
    }

    private static func option(_ name: Int32, of descriptor: Int32) throws(Errno) -> Bool {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 else {
            throw Errno(rawValue: errno)
        }
        return value != 0
    }
}
