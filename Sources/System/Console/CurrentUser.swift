// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The user this process runs as.
package enum CurrentUser {
    /// The login name, or the number where the system knows no name.
    package static var name: String {
        let user = getuid()
        guard let entry = getpwuid(user), let name = entry.pointee.pw_name else { return "\(user)" }
        return String(cString: name)
    }

    /// The user's number.
    package static var number: Int { Int(getuid()) }

    /// The home directory that the system knows, which ssh(1) goes by, whatever `HOME` says.
    package static var home: String? {
        guard let entry = getpwuid(getuid()), let home = entry.pointee.pw_dir else { return nil }
        return String(cString: home)
    }
}
