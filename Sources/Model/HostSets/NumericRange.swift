// SPDX-License-Identifier: Apache-2.0

/// Numbers from first to last, with the zeros in front that keep them `width` digits wide.
struct NumericRange: Hashable, Sendable {
    /// The most digits a number in brackets may have, so that every number and count fits an `Int`.
    static let maximumDigits = DigitString.maximumLength

    /// The first number, and the last, which is not less.
    var bounds: ClosedRange<Int>
    /// Numbers with fewer digits get zeros in front; 1 for no padding.
    var width: Int
    /// From one number to the next, at least 1.
    var step = 1

    /// How many numbers the range holds.
    var count: Int { (bounds.count - 1) / step + 1 }

    /// How many digits the widest number has.
    var widestCount: Int { max(width, String(bounds.upperBound).utf8.count) }

    /// Appends a number of the range to a name.
    func append(_ number: Int, to name: inout [UInt8]) {
        let digits = String(number).utf8
        for _ in 0..<max(0, width - digits.count) { name.append(UInt8(ascii: "0")) }
        name.append(contentsOf: digits)
    }
}

extension NumericRange: CustomStringConvertible {
    /// The range as it stands in brackets: `7`, `001-128`, `0-10/2`.
    var description: String {
        var text: [UInt8] = []
        append(bounds.lowerBound, to: &text)
        if bounds.count > 1 {
            text.append(UInt8(ascii: "-"))
            append(bounds.upperBound, to: &text)
        }
        if step > 1 { text.append(contentsOf: "/\(step)".utf8) }
        return String(decoding: text, as: UTF8.self)
    }
}

extension NumberSet {
    /// The numbers of these ranges.
    init(_ ranges: [NumericRange]) {
        self.init()
        for range in ranges { insert(range.bounds, width: range.width, step: range.step) }
        settle()
    }
}
