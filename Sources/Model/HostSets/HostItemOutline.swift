// SPDX-License-Identifier: Apache-2.0

/// Where the parts of one item of a list lie, before any part is looked into.
struct HostItemOutline {
    /// The item, without the comma behind it.
    private(set) var range: Range<Int>
    /// The first `@`.
    private(set) var at: Int?
    /// The first `:` after the user.
    private(set) var colon: Int?
    /// Whether another `:` follows it.
    private(set) var hasSecondColon = false
    /// The first `[` after the user.
    private(set) var bracket: Int?

    /// Whether `*` or `?` stands outside brackets.
    private(set) var hasWildcard = false

    /// Walks to the comma that ends the item; commas, `:` and `@` in brackets belong to them.
    ///
    /// With `endsAtOperators`, so do `!`, `&`, `^`, parentheses and blanks.
    ///
    /// - Throws: a fault when brackets do not match.
    init(
        _ bytes: [UInt8], _ text: Range<Int>, endsAtOperators: Bool = false
    ) throws(HostSyntaxFault) {
        range = text
        var open: Int?
        for index in text {
            let byte = bytes[index]
            if byte.isNameByte { continue }
            if byte == UInt8(ascii: "[") {
                guard open == nil else { throw HostSyntaxFault(.nestedBracket, at: index) }
                open = index
                bracket = bracket ?? index
            } else if byte == UInt8(ascii: "]") {
                guard open != nil else { throw HostSyntaxFault(.unopenedBracket, at: index) }
                open = nil
            } else if open == nil {
                if byte == UInt8(ascii: ",") || (endsAtOperators && byte.endsOperand) {
                    range = text.lowerBound..<index
                    return
                }
                note(byte, at: index)
            }
        }
        if let open { throw HostSyntaxFault(.unclosedBracket, at: open) }
    }

    private mutating func note(_ byte: UInt8, at index: Int) {
        if byte == UInt8(ascii: "@"), at == nil {
            // What came before was the user's.
            at = index
            bracket = nil
            colon = nil
            hasSecondColon = false
        } else if byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") {
            hasWildcard = true
        } else if byte == UInt8(ascii: ":") {
            if colon == nil { colon = index } else { hasSecondColon = true }
        }
    }
}
