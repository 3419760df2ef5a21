// SPDX-License-Identifier: Apache-2.0

/// Shows a piece of a text that may be anything at all, on one line, with a caret under a place.
enum FaultyText {
    /// One Unicode scalar of a text, or one byte that is not UTF-8, as it is shown.
    struct Sign {
        /// What stands for it; every character of it is one column wide.
        var text: String
        /// How many bytes it has.
        var length: Int
    }

    /// How many signs are shown on each side of the caret.
    private static let reach = 50

    /// The sign that begins at `offset`.
    ///
    /// Control bytes and bytes that are not UTF-8 are shown as `\xNN`. Beyond ASCII only letters,
    /// numbers and signs known to be one column wide are shown as they are, the others as
    /// `\u{NNNN}`: neither can then turn the writing direction or move the caret.
    static func sign(in bytes: ArraySlice<UInt8>, at offset: Int) -> Sign {
        let byte = bytes[offset]
        if byte < 0x80 {
            let isVisible = 0x20...0x7E ~= byte
            let text = isVisible ? String(UnicodeScalar(byte)) : escaped(byte)
            return Sign(text: text, length: 1)
        }
        for length in 2...4 where offset + length <= bytes.endIndex {
            guard
                let text = String(validating: bytes[offset..<(offset + length)], as: UTF8.self),
                let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1
            else { continue }
            return Sign(text: isOneColumn(scalar) ? text : escaped(scalar), length: length)
        }
        return Sign(text: escaped(byte), length: 1)
    }

    /// A whole text as it is shown.
    static func visible(_ bytes: ArraySlice<UInt8>) -> String {
        signs(in: bytes).map(\.text).joined()
    }

    /// How many signs precede `offset`, plus one.
    static func column(of offset: Int, in line: ArraySlice<UInt8>) -> Int {
        // Counted without keeping the signs: a line may be as long as a file.
        let before = line[..<offset]
        var column = 1
        var position = before.startIndex
        while position < before.endIndex {
            position += sign(in: before, at: position).length
            column += 1
        }
        return column
    }

    /// The line, or the part of it around `offset`, and under it a caret.
    static func excerpt(of line: ArraySlice<UInt8>, at offset: Int) -> String {
        // A sign has at most four bytes, so this much of the line is always enough to show.
        let bytesOfReach = 4 * (reach + 1)
        let near = line[
            max(line.startIndex, offset - bytesOfReach)..<min(line.endIndex, offset + bytesOfReach)]
        let before = signs(in: near[..<offset])
        let after = signs(in: near[offset...])
        var left = before.suffix(reach).map(\.text).joined()
        var right = after.prefix(reach).map(\.text).joined()
        if before.count > reach { left = "…" + left }
        if after.count > reach { right += "…" }
        return left + right + "\n" + String(repeating: " ", count: left.unicodeScalars.count) + "^"
    }

    private static func signs(in bytes: ArraySlice<UInt8>) -> [Sign] {
        var signs: [Sign] = []
        var offset = bytes.startIndex
        while offset < bytes.endIndex {
            let sign = sign(in: bytes, at: offset)
            signs.append(sign)
            offset += sign.length
        }
        return signs
    }

    /// Scalars below the wide blocks (Hangul Jamo is the first) that stand for themselves.
    private static func isOneColumn(_ scalar: UnicodeScalar) -> Bool {
        let properties = scalar.properties
        let isSeen =
            properties.isAlphabetic || properties.numericType != nil || properties.isMath
            || [.dashPunctuation, .otherPunctuation, .currencySymbol]
                .contains(
                    properties.generalCategory)
        let isMark = [.nonspacingMark, .enclosingMark, .spacingMark]
            .contains(
                properties.generalCategory)
        return scalar.value < 0x1100 && isSeen && !isMark && !properties.isDefaultIgnorableCodePoint
    }

    private static func escaped(_ byte: UInt8) -> String {
        "\\x" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }

    private static func escaped(_ scalar: UnicodeScalar) -> String {
        "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    }
}
