// SPDX-License-Identifier: Apache-2.0

/// What hosts must have in common to be folded together: all of them but their numbers.
struct HostShape: Hashable, Sendable {
    var user: String?
    var port: Int?
    /// The name with `[` in place of each number.
    var outline: [UInt8]

    /// What stands before, between and after the numbers: one more than there are numbers.
    var literals: [String] {
        outline.split(separator: UInt8(ascii: "["), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// How many numbers a name of this shape has.
    var axes: Int { outline.count { $0 == UInt8(ascii: "[") } }

    /// The same names without user and port.
    var bare: HostShape { HostShape(user: nil, port: nil, outline: outline) }

    /// Takes a name apart: its outline, and the ranks of its numbers from left to right.
    ///
    /// A number too long for a range stays part of the outline, and so do the digits of an IPv6
    /// address.
    static func dissect(
        _ name: some Collection<UInt8>, outline: inout [UInt8], ranks: inout [Int]
    ) {
        if name.contains(UInt8(ascii: ":")) {
            outline.append(contentsOf: name)
            return
        }
        var position = name.startIndex
        while position != name.endIndex {
            var end = position
            var length = 0
            while end != name.endIndex, name[end].isASCIIDigit {
                end = name.index(after: end)
                length += 1
            }
            if 1...DigitString.maximumLength ~= length {
                ranks.append(DigitString.rank(of: name[position..<end]))
                outline.append(UInt8(ascii: "["))
                position = end
            } else if length == 0 {
                outline.append(name[position])
                position = name.index(after: position)
            } else {
                outline.append(contentsOf: name[position..<end])
                position = end
            }
        }
    }

    /// Calls `body` with the name that has these numbers.
    func name(_ ranks: ArraySlice<Int>, into bytes: inout [UInt8]) {
        var place = ranks.startIndex
        for byte in outline {
            if byte == UInt8(ascii: "[") {
                DigitString.append(rank: ranks[place], to: &bytes)
                place += 1
            } else {
                bytes.append(byte)
            }
        }
    }

    func template(_ sets: [NumberSet]) -> HostTemplate {
        var parts: [HostTemplate.Part] = []
        for (index, literal) in literals.enumerated() {
            if !literal.isEmpty { parts.append(.literal(literal)) }
            guard index < sets.count else { continue }
            let ranges = NumericRange.covering(sets[index])
            let isOne = ranges.count == 1 && ranges[0].bounds.count == 1
            parts.append(isOne ? .literal(ranges[0].description) : .numbers(ranges))
        }
        return HostTemplate(user: user, parts: parts, port: port)
    }
}
