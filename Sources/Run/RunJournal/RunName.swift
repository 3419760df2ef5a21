// SPDX-License-Identifier: Apache-2.0

/// How a person names a run: `last`, `last~2` (the one two before the last), or the beginning of
/// its id that no other run shares.
package enum RunName: Hashable, Sendable {
    /// So many before the last.
    case last(Int)
    case prefix(String)

    /// Reads a name; `nil` for what can be none.
    package init?(_ text: String) {
        if text == "last" {
            self = .last(0)
        } else if text.hasPrefix("last~"), let count = Int(text.dropFirst(5)), count >= 0 {
            self = .last(count)
        } else {
            let prefix = text.lowercased()
            guard !prefix.isEmpty, prefix.utf8.count <= Self.length,
                prefix.allSatisfy(Self.alphabet.contains)
            else { return nil }
            self = .prefix(prefix)
        }
    }

    /// How long an id is.
    static let length = 8

    /// What ids are made of: no letter that looks like a digit, and no `last`.
    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")

    static func random(using random: inout some RandomNumberGenerator) -> String {
        String((0..<length).map { _ in alphabet[Int.random(in: 0..<32, using: &random)] })
    }
}
