// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import SystemPackage

/// Makes a system call, again when a signal interrupts it; a negative result becomes an error.
@discardableResult
func systemCall<Result: SignedInteger>(
    _ operation: @autoclosure () -> String, _ call: () -> Result
) throws(PrivateNetworkError) -> Result {
    while true {
        let result = call()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { throw PrivateNetworkError(operation(), Errno(rawValue: code)) }
    }
}

/// A descriptor of a device or a namespace, closed when nobody refers to it any more.
final class OwnedDescriptor: Sendable {
    let number: Int32

    /// Keeps a fork and a close from happening at the same time, sockets of connections included.
    ///
    /// A child has copies of all descriptors until it has closed them, and until then nothing that
    /// is closed here is closed. If its copy of a device is the last, that takes a second.
    static let closing = Mutex(())

    init(_ number: Int32) { self.number = number }

    deinit {
        let number = number
        Self.closing.withLock { _ in _ = close(number) }
    }
}
