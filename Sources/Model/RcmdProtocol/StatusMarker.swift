// SPDX-License-Identifier: Apache-2.0

/// The mark by which a remote shell tells the exit status of a command within its output.
///
/// rcmd has no exit status. A wrapper around the command prints this mark when the command has
/// ended: the byte 0x1e (ASCII record separator), the nonce, a colon, the status in decimal, and
/// 0x1e again. The nonce is drawn anew for each run, so output cannot contain the mark by chance or
/// by recording an earlier run. A command that prints its own wrapper (`ps ax`) does not print the
/// mark either: there the separator stands as the four characters `\036`.
package struct StatusMarker: Hashable, Sendable {
    /// The first and the last byte of a mark.
    package static let separator: UInt8 = 0x1e
    /// The length of a nonce: 22 letters and digits carry 131 bits.
    package static let nonceLength = 22

    /// What `separator` follows: letters and digits only.
    package let nonce: String
    /// `separator`, the nonce, a colon.
    let prefix: [UInt8]

    /// The longest mark: the prefix, three digits, the closing separator.
    package var longestLength: Int { prefix.count + 4 }

    /// Makes a marker with a nonce drawn from the generator.
    package init(using generator: inout some RandomNumberGenerator) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        let letters = (0..<Self.nonceLength)
            .map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
        self.init(nonce: String(letters))
    }

    /// Makes a marker with this nonce: letters and digits only.
    package init(nonce: String) {
        precondition(nonce.utf8.allSatisfy { Self.isLetterOrDigit($0) }, "a nonce is plain text")
        self.nonce = nonce
        prefix = [Self.separator] + Array(nonce.utf8) + [UInt8(ascii: ":")]
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case _: false
        }
    }
}
