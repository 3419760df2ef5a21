// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Patterns of path names.
package enum PathPattern {
    /// The paths that match a pattern, sorted; none when none does.
    ///
    /// The corresponding C function is glob(3).
    package static func expand(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0, let paths = found.gl_pathv else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
    }
}
