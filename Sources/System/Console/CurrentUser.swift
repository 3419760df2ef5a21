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
}
