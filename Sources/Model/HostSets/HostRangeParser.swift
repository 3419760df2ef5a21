// SPDX-License-Identifier: Apache-2.0

/// Reads a name with ranges in brackets, such as `rack[1-4]n[01-20]`.
struct HostRangeParser {
    /// What may stand outside brackets.
    enum Alphabet {
        /// What a host name may hold.
        case name
        /// The same, and `*` and `?`.
        case wildcards
        /// Whatever is visible: the name of a group.
        case group
    }

    let bytes: [UInt8]
    var alphabet = Alphabet.name
    var limits = HostLimits()

    /// The parts of the name; brackets in `range` are known to match.
    func parts(_ range: Range<Int>) throws(HostSyntaxFault) -> [HostTemplate.Part] {
        var parts: [HostTemplate.Part] = []
        var longest = 0
        var brackets = 0
        var position = range.lowerBound
        while position < range.upperBound {
            let rest = bytes[position..<range.upperBound]
            if bytes[position] == UInt8(ascii: "[") {
                brackets += 1
                guard brackets <= limits.brackets else {
                    throw HostSyntaxFault(.beyondLimit(.brackets, limits.brackets), at: position)
                }
                let close = rest.firstIndex(of: UInt8(ascii: "]")) ?? range.upperBound
                let ranges = try ranges((position + 1)..<close)
                parts.append(.numbers(ranges))
                longest += ranges.reduce(0) { max($0, $1.widestCount) }
                position = close + 1
            } else {
                let end = rest.firstIndex(of: UInt8(ascii: "[")) ?? range.upperBound
                try check(position..<end, isFirst: parts.isEmpty)
                parts.append(.literal(String(decoding: bytes[position..<end], as: UTF8.self)))
                longest += end - position
                position = end
            }
        }
        guard longest <= HostName.maximumLength else {
            throw HostSyntaxFault(.nameTooLong(bytes: longest), at: range.lowerBound)
        }
        return parts
    }

    private func check(_ range: Range<Int>, isFirst: Bool) throws(HostSyntaxFault) {
        switch alphabet {
        case .name:
            try HostName.checkBytes(bytes, range)
            if isFirst { try HostName.checkStart(bytes, range) }
        case .wildcards:
            for index in range
            where !bytes[index].isNameByte && bytes[index] != UInt8(ascii: "*")
                && bytes[index] != UInt8(ascii: "?")
            {
                throw .unexpected(in: bytes, at: index)
            }
        case .group:
            for index in range
            where bytes[index] < 0x21 || bytes[index] == 0x7F || bytes[index] == UInt8(ascii: "@")
                || bytes[index] == UInt8(ascii: "*")
            {
                throw .unexpected(in: bytes, at: index)
            }
        }
    }

    /// The comma list inside one pair of brackets.
    private func ranges(_ list: Range<Int>) throws(HostSyntaxFault) -> [NumericRange] {
        var ranges: [NumericRange] = []
        var start = list.lowerBound
        while true {
            let comma = bytes[start..<list.upperBound].firstIndex(of: UInt8(ascii: ","))
            ranges.append(try numericRange(start..<(comma ?? list.upperBound)))
            guard let comma else { return ranges }
            start = comma + 1
        }
    }

    /// A number, a range, or a range with a step: `7`, `1-9`, `0-10/2`.
    private func numericRange(_ whole: Range<Int>) throws(HostSyntaxFault) -> NumericRange {
        guard let slash = bytes[whole].firstIndex(of: UInt8(ascii: "/")) else {
            return try plainRange(whole)
        }
        var range = try plainRange(whole.lowerBound..<slash)
        guard bytes[whole.lowerBound..<slash].contains(UInt8(ascii: "-")) else {
            throw HostSyntaxFault(.stepWithoutRange, at: slash)
        }
        let step = try number((slash + 1)..<whole.upperBound)
        guard step.value >= 1 else { throw HostSyntaxFault(.invalidStep, at: slash + 1) }
        range.step = step.value
        return range
    }

    private func plainRange(_ range: Range<Int>) throws(HostSyntaxFault) -> NumericRange {
        let dash = bytes[range].firstIndex(of: UInt8(ascii: "-"))
        let first = try number(range.lowerBound..<(dash ?? range.upperBound))
        guard let dash else {
            return NumericRange(bounds: first.value...first.value, width: first.width)
        }
        let last = try number((dash + 1)..<range.upperBound)
        guard first.value <= last.value else {
            throw HostSyntaxFault(
                .descendingRange(first: first.text, last: last.text), at: range.lowerBound)
        }
        // `1-010` and `001-10` could mean two things each. `01-100` cannot: 01, …, 99, 100.
        let isEven =
            first.isPadded
            ? last.digits == first.digits || (last.digits > first.digits && !last.isPadded)
            : !last.isPadded
        guard isEven else {
            throw HostSyntaxFault(
                .unevenPadding(first: first.text, last: last.text), at: range.lowerBound)
        }
        return NumericRange(bounds: first.value...last.value, width: first.width)
    }

    private struct Number {
        var text: String
        var value: Int
        var digits: Int { text.utf8.count }
        var width: Int { isPadded ? digits : 1 }
        var isPadded: Bool { digits > 1 && text.utf8.first == UInt8(ascii: "0") }
    }

    private func number(_ range: Range<Int>) throws(HostSyntaxFault) -> Number {
        for index in range where !bytes[index].isASCIIDigit {
            let sign = FaultyText.sign(in: bytes[...], at: index)
            throw HostSyntaxFault(.unexpectedRangeCharacter(sign.text), at: index)
        }
        guard range.count <= NumericRange.maximumDigits else {
            throw HostSyntaxFault(.numberTooLong(digits: range.count), at: range.lowerBound)
        }
        let text = String(decoding: bytes[range], as: UTF8.self)
        guard let value = Int(text) else {
            throw HostSyntaxFault(.emptyRange, at: range.lowerBound)
        }
        return Number(text: text, value: value)
    }
}
