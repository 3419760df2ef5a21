// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What this process was given, and how it ends.
package enum ThisProcess {
    /// Ends the process with an exit status, 0...255.
    ///
    /// The corresponding C function is exit(3).
    package static func exit(_ status: Int32) -> Never { Glibc.exit(status) }

    /// A variable of the environment, or `nil` when it is not set.
    package static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// How many bytes a page of memory has.
    package static var pageSize: Int { Int(getpagesize()) }
}
