// SPDX-License-Identifier: Apache-2.0

/// Patterns of ssh's files: `*` is any text, `?` any one byte, `!` in front turns one round
/// (ssh_config(5), PATTERNS).
package enum SSHPattern {
    /// Whether one pattern, without `!`, matches all of a text.
    ///
    /// Takes time in proportion to both.
    package static func matches(_ pattern: some Collection<UInt8>, _ text: [UInt8]) -> Bool {
        let pattern = Array(pattern)
        var (p, t) = (0, 0)
        /// Where to go on when the last `*` takes one byte more.
        var retry: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                retry = (p + 1, t)
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let again = retry {
                retry = (again.pattern, again.text + 1)
                (p, t) = (again.pattern, again.text + 1)
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }

    /// Whether a list of patterns takes a text: one matches, and none with `!` in front does.
    package static func list(
        _ patterns: some Sequence<ArraySlice<UInt8>>, takes text: [UInt8]
    ) -> Bool {
        var isTaken = false
        for pattern in patterns {
            if pattern.first == UInt8(ascii: "!") {
                if matches(pattern.dropFirst(), text) { return false }
            } else if matches(pattern, text) {
                isTaken = true
            }
        }
        return isTaken
    }

    /// The bytes of a text in lower case, as names are compared.
    package static func lowercased(_ text: some Sequence<UInt8>) -> [UInt8] {
        text.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 }
    }
}
