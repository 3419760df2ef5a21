// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The users this system knows (getpwuid(3)); for one thread at a time.
package enum UserNames {
    /// The login name of a user; `nil` where the system knows none.
    package static func name(of user: UInt32) -> String? {
        guard let entry = getpwuid(user), let name = entry.pointee.pw_name else { return nil }
        return String(cString: name)
    }

    /// The number of a user by its name, or by the number itself.
    package static func number(of name: String) -> UInt32? {
        if let entry = getpwnam(name) { return entry.pointee.pw_uid }
        return UInt32(name)
    }

    /// The effective user of this process.
    package static var own: UInt32 { geteuid() }
}
