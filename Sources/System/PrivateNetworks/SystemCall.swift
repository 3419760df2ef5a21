// SPDX-License-Identifier: Apache-2.0

import Glibc
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

/// A descriptor that is closed when nobody refers to it any more.
final class OwnedDescriptor {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { _ = close(number) }
}
