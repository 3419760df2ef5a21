// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What this process was given, and how it ends.
package enum ThisProcess {
    /// Ends the process with an exit status, 0...255.
    ///
    /// The corresponding C function is exit(3).
    package static func exit(_ status: Int32) -> Never { Glibc.exit(status) }

    /// The name of this machine.
    package static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The whole environment.
    package static var environment: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text)
                .split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }

    /// A variable of the environment, or `nil` when it is not set.
    package static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// How many bytes a page of memory has.
    package static var pageSize: Int { Int(getpagesize()) }
}
