// SPDX-License-Identifier: Apache-2.0

import Glibc
package import SystemPackage

/// A file whose bytes stand for things that one process at a time may hold.
///
/// Open file description locks (fcntl_locking(2)): whatever ends the process gives them back, no
/// number of a process can be taken for another's, and children that inherit nothing hold nothing.
package final class LockFile: Sendable {
    private let descriptor: FileDescriptor

    init(descriptor: FileDescriptor) { self.descriptor = descriptor }

    deinit { try? descriptor.close() }

    /// Takes the lock on one byte; `false` when somebody else has it.
    package func take(_ byte: Int64) throws(Errno) -> Bool {
        var lock = Self.lock(byte)
        guard fcntl(descriptor.rawValue, Self.setLock, &lock) != 0 else { return true }
        let code = Errno(rawValue: errno)
        guard code == .resourceTemporarilyUnavailable || code == .permissionDenied else {
            throw code
        }
        return false
    }

    /// Whether somebody else, another process or another `LockFile`, holds the lock on one byte.
    package func isTakenByOthers(_ byte: Int64) throws(Errno) -> Bool {
        var lock = Self.lock(byte)
        guard fcntl(descriptor.rawValue, Self.getLock, &lock) == 0 else {
            throw Errno(rawValue: errno)
        }
        return lock.l_type != Int16(F_UNLCK)
    }

    // F_OFD_GETLK and F_OFD_SETLK of <asm-generic/fcntl.h>.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    private static func lock(_ byte: Int64) -> flock {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = Int(byte)
        lock.l_len = 1
        return lock
    }
}
