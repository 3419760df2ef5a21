// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
public import SystemPackage

/// `IPV6_V6ONLY` of a socket of another process (ipv6(7)).
///
/// sock_diag(7) shows it of sockets that listen or are bound, and of no connection.
public enum IPv6OnlyOption {
    /// Reads it through a copy of the descriptor, with the needs and the effect of `SharingOptions`.
    ///
    /// - Parameters:
    ///   - owner: a process that has the socket.
    ///   - inode: the socket's, as the table shows it.
    /// - Returns: `nil` for an IPv4 socket.
    /// - Throws: `notPermitted`; `noSuchProcess` or `badFileDescriptor` when it is gone.
    public static func value(of owner: SocketOwner, inode: UInt32) throws(Errno) -> Bool? {
        let copy = lastcall_copy_descriptor(owner.process.number, owner.descriptor)
        guard copy >= 0 else { throw Errno(rawValue: errno) }
        defer { _ = close(copy) }
        var status = stat()
        guard fstat(copy, &status) == 0, status.st_ino == UInt64(inode) else {
            throw .badFileDescriptor
        }
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(copy, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &value, &length) == 0 else {
            return nil
        }
        return value != 0
    }
}
