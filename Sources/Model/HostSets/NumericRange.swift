// SPDX-License-Identifier: Apache-2.0

/// Numbers from first to last, with the zeros in front that keep them `width` digits wide.
struct NumericRange: Hashable, Sendable {
    /// The most digits a number in brackets may have, so that every number and count fits an `Int`.
    static let maximumDigits = 18

    /// The first number, and the last, which is not less.
    var bounds: ClosedRange<Int>
    /// Numbers with fewer digits get zeros in front; 1 for no padding.
    var width: Int

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
    /// The range as it stands in brackets: `7`, `001-128`.
    var description: String {
        var text: [UInt8] = []
        append(bounds.lowerBound, to: &text)
        if bounds.count > 1 {
            text.append(UInt8(ascii: "-"))
            append(bounds.upperBound, to: &text)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
