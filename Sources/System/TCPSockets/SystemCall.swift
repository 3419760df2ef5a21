// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// Makes a system call, again when a signal interrupts it; captures `errno` at once.
///
/// Throws the errno of a call that returned a negative number.
@discardableResult
func systemCall<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
    while true {
        let result = call()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { throw Errno(rawValue: code) }
    }
}
