// SPDX-License-Identifier: Apache-2.0

/// The mark by which a remote shell tells the exit status of a command within its output.
///
/// rcmd has no exit status. A wrapper around the command prints this mark when the command has
/// ended: the byte 0x1e (ASCII record separator), the nonce, a colon, what the shell reports of the
/// status, and 0x1e again. The nonce is drawn anew for each run, so output cannot contain the mark
/// by chance or by recording an earlier run. A command that prints its own wrapper (`ps ax`) does
/// not print the mark either: there the separator stands as the four characters `\036`.
package struct StatusMarker: Hashable, Sendable {
    /// The first and the last byte of a mark.
    package static let separator: UInt8 = 0x1e
    /// The length of a nonce: 22 letters and digits carry 131 bits.
    package static let nonceLength = 22

    /// What `separator` follows: letters and digits only.
    package let nonce: String
    /// `separator`, the nonce, a colon.
    let prefix: [UInt8]

    /// The longest report of a status: `255status=255`.
    static let longestReport = 13
    private static let word = Array("status".utf8)

    /// The longest mark: the prefix, the report, the closing separator.
    package var longestLength: Int { prefix.count + Self.longestReport + 1 }

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

    /// The status within a shell's report: `N`, `Nstatus=` (Bourne's shells), `Nstatus=N` (zsh), or
    /// `1=N` (csh's), with N in 0...255; `nil` for anything else.
    static func status(reported report: ArraySlice<UInt8>) -> Int? {
        let parts = report.split(
            separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first else { return nil }
        guard parts.count == 2 else { return number(first) }
        if first.elementsEqual([UInt8(ascii: "1")]) { return number(parts[1]) }
        guard first.suffix(word.count).elementsEqual(word) else { return nil }
        let status = number(first.dropLast(word.count))
        return parts[1].isEmpty || number(parts[1]) == status ? status : nil
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...3).contains(digits.count) else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number <= 255 ? number : nil
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
