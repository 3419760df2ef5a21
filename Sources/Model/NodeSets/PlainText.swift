// SPDX-License-Identifier: Apache-2.0

/// Texts as byte arrays, cut the way ClusterShell's own language cuts them.
enum PlainText {
    static func isSpace(_ byte: UInt8) -> Bool { 9...13 ~= byte || byte == 32 || 28...31 ~= byte }

    static func isDigit(_ byte: UInt8) -> Bool { 48...57 ~= byte }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: Array(bytes), as: UTF8.self)
    }

    static func withoutLeadingSpace(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.drop(while: isSpace)
    }

    static func withoutTrailingSpace(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return bytes
    }

    static func stripped(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        withoutTrailingSpace(withoutLeadingSpace(bytes))
    }

    /// Words with blanks of any kind in between.
    package static func words(_ text: String) -> [String] {
        Array(text.utf8).split(whereSeparator: isSpace).map(self.text)
    }

    /// What stands before and after the first of a byte.
    static func cut(
        _ bytes: ArraySlice<UInt8>, at byte: UInt8
    ) -> (before: ArraySlice<UInt8>, after: ArraySlice<UInt8>)? {
        guard let index = bytes.firstIndex(of: byte) else { return nil }
        return (bytes[..<index], bytes[(index + 1)...])
    }

    /// A decimal number as `int()` reads it: blanks around it, a sign, single `_` between digits.
    ///
    /// Numbers beyond an `Int` become its largest.
    static func integer(_ bytes: ArraySlice<UInt8>) -> Int? {
        var digits = stripped(bytes)
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        var value = 0
        var wasDigit = false
        for byte in digits {
            if byte == UInt8(ascii: "_"), wasDigit {
                wasDigit = false
                continue
            }
            guard isDigit(byte) else { return nil }
            wasDigit = true
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowAgain) = product.addingReportingOverflow(Int(byte - 48))
            value = overflow || overflowAgain ? Int.max : sum
        }
        guard wasDigit else { return nil }
        return isNegative ? -value : value
    }

    static func integer(_ text: String) -> Int? { integer(Array(text.utf8)[...]) }

    /// A text in quotes, as `repr()` writes it.
    static func quoted(_ text: String) -> String {
        let quote = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var result = quote
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case "'" where quote == "'": result += "\\'"
            case _ where scalar.value < 32 || scalar.value == 127:
                let hex = String(scalar.value, radix: 16)
                result += "\\x" + (hex.utf8.count < 2 ? "0" : "") + hex
            case _: result.unicodeScalars.append(scalar)
            }
        }
        return result + quote
    }
}
