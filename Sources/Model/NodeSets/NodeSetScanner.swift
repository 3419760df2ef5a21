// SPDX-License-Identifier: Apache-2.0

import HostSets

/// Cuts a node set's text at its operators, and each piece into a pattern and its numbers.
struct NodeSetScanner {
    enum Operation {
        case union
        case difference
        case intersection
        case symmetricDifference

        init?(_ byte: UInt8) {
            switch byte {
            case UInt8(ascii: ","): self = .union
            case UInt8(ascii: "!"): self = .difference
            case UInt8(ascii: "&"): self = .intersection
            case UInt8(ascii: "^"): self = .symmetricDifference
            case _: return nil
            }
        }
    }

    struct Item {
        var operation: Operation
        var pattern: String
        var numbers: NodeSet.Numbers
    }

    private var rest: ArraySlice<UInt8>?
    private var operation = Operation.union
    private let autostep: Int?

    private static let open = UInt8(ascii: "[")
    private static let close = UInt8(ascii: "]")

    init(_ text: String, autostep: Int?) {
        self.autostep = autostep
        let escaped = PlainText.stripped(Array(text.utf8)[...])
            .flatMap { $0 == UInt8(ascii: "%") ? [$0, $0] : [$0] }
        rest = escaped.isEmpty ? nil : escaped[...]
    }

    /// The next piece, or `nil` at the end.
    mutating func next() throws(NodesetFailure) -> Item? {
        guard let whole = rest, !whole.isEmpty else { return nil }
        let text = PlainText.withoutLeadingSpace(whole)
        let operation = operation
        let bracket = text.firstIndex(of: Self.open)
        let sign = Self.sign(in: text)
        if let bracket, sign.map({ $0 > bracket }) ?? true {
            var (pattern, sets) = ("", [RangeSet]())
            let suffix = try brackets(of: text, &pattern, &sets)
            return Item(
                operation: operation, pattern: try finish(suffix, pattern, &sets),
                numbers: numbers(sets))
        }
        var node = text
        if let sign {
            let name = String(UnicodeScalar(text[sign]))
            node = text[..<sign]
            let after = text[(sign + 1)...]
            guard !node.isEmpty, !after.isEmpty else {
                throw .parse(
                    PlainText.text(node.isEmpty ? after : node),
                    "missing nodeset operand with '\(name)' operator")
            }
            advance(past: sign, in: text)
        } else {
            rest = nil
        }
        if node.contains(Self.close) {
            throw .parse(PlainText.text(node), "illegal closing bracket")
        }
        let (pattern, sets) = try Self.dissect(PlainText.withoutTrailingSpace(node))
        return Item(operation: operation, pattern: pattern, numbers: numbers(sets))
    }

    private static func sign(in text: ArraySlice<UInt8>) -> Int? {
        text.firstIndex { Operation($0) != nil }
    }

    private mutating func advance(past sign: Int, in text: ArraySlice<UInt8>) {
        operation = Operation(text[sign]) ?? .union
        rest = text[(sign + 1)...]
    }

    /// Reads the brackets up to the next operator; what stands behind the last of them.
    private func brackets(
        of text: ArraySlice<UInt8>, _ pattern: inout String, _ sets: inout [RangeSet]
    ) throws(NodesetFailure) -> ArraySlice<UInt8> {
        var suffix = text
        while let bracket = suffix.firstIndex(of: Self.open),
            Self.sign(in: suffix).map({ $0 > bracket }) ?? true
        {
            var prefix = suffix[..<bracket]
            guard let (inner, after) = PlainText.cut(suffix[(bracket + 1)...], at: Self.close)
            else {
                throw .parse(PlainText.text(text), "missing bracket")
            }
            var range = Array(inner)
            suffix = after
            if prefix.contains(Self.close) {
                throw .parse(PlainText.text(prefix), "illegal closing bracket")
            }
            if let end = suffix.firstIndex(of: Self.close),
                suffix.firstIndex(of: Self.open).map({ end < $0 }) ?? true
            {
                throw .parse(PlainText.text(suffix), "illegal closing bracket")
            }
            if !suffix.isEmpty { (suffix, range) = try Self.withTrailingDigits(suffix, range) }
            if !prefix.isEmpty {
                do throws(NodesetFailure) {
                    (prefix, range) = try Self.withLeadingDigits(prefix, range)
                } catch { throw error.inNodeSet }
                if !prefix.isEmpty {
                    let (text, numbers) = try Self.dissect(prefix)
                    pattern += text
                    sets += numbers.map { RangeSet($0.numbers, inheriting: threshold) }
                }
            }
            if suffix.first == Self.open {
                throw .parse(PlainText.text(suffix), "illegal reopening bracket")
            }
            pattern += "%s"
            do throws(NodesetFailure) {
                sets.append(try RangeSet(range, autostep: autostep))
            } catch { throw error.inNodeSet }
        }
        return suffix
    }

    private var threshold: Int { RangeSet(autostep: autostep).autostep }

    /// Reads what stands behind the last bracket, up to the next operator; the whole pattern.
    private mutating func finish(
        _ suffix: ArraySlice<UInt8>, _ pattern: String, _ sets: inout [RangeSet]
    ) throws(NodesetFailure) -> String {
        var tail = suffix
        if let sign = Self.sign(in: suffix) {
            tail = suffix[..<sign]
            advance(past: sign, in: suffix)
            if rest?.isEmpty ?? true {
                let name = String(UnicodeScalar(suffix[sign]))
                throw .nodeSet("missing nodeset operand with '\(name)' operator")
            }
        } else {
            rest = nil
        }
        tail = PlainText.withoutTrailingSpace(tail)
        guard !tail.isEmpty else { return pattern }
        let (text, numbers) = try Self.dissect(tail)
        sets += numbers.map { RangeSet($0.numbers, inheriting: threshold) }
        return pattern + text
    }

    private func numbers(_ sets: [RangeSet]) -> NodeSet.Numbers {
        switch sets.count {
        case 0: .none
        case 1: .line(RangeSet(sets[0].numbers, inheriting: threshold))
        case _:
            .rows(
                RangeSetND(
                    [sets.map { RangeSet($0.numbers, inheriting: threshold) }], autostep: autostep))
        }
    }

    /// One name without brackets: its pattern, and its numbers.
    static func dissect(
        _ name: ArraySlice<UInt8>
    ) throws(NodesetFailure) -> (pattern: String, sets: [RangeSet]) {
        guard !name.isEmpty else { throw .parse("", "parse error") }
        var pattern: [UInt8] = []
        var sets: [RangeSet] = []
        var position = name.startIndex
        while position < name.endIndex {
            let digits = name[position...].prefix(while: PlainText.isDigit)
            if 1...DigitString.maximumLength ~= digits.count {
                pattern.append(contentsOf: "%s".utf8)
                sets.append(RangeSet(NumberSet(rank: DigitString.rank(of: digits))))
                position = digits.endIndex
            } else if digits.isEmpty {
                pattern.append(name[position])
                position += 1
            } else {
                pattern.append(contentsOf: digits)
                position = digits.endIndex
            }
        }
        return (PlainText.text(pattern), sets)
    }

    /// One name without brackets, as a set.
    static func single(
        _ name: ArraySlice<UInt8>, _ autostep: Int?
    ) throws(NodesetFailure) -> NodeSet {
        let (pattern, sets) = try dissect(name)
        let scanner = NodeSetScanner("", autostep: autostep)
        return NodeSet(pattern: pattern, scanner.numbers(sets))
    }

    /// Digits that stand before a bracket become part of the numbers in it.
    private static func withLeadingDigits(
        _ outer: ArraySlice<UInt8>, _ inner: [UInt8]
    ) throws(NodesetFailure) -> (ArraySlice<UInt8>, [UInt8]) {
        var stripped = outer
        while let last = stripped.last, PlainText.isDigit(last) { stripped.removeLast() }
        let digits = PlainText.text(outer[stripped.endIndex...])
        guard !digits.isEmpty else { return (outer, inner) }
        let parts = try RangeSet(inner).contiguous()
            .map { part in
                part.description.split(separator: "-", omittingEmptySubsequences: false)
                    .map { digits + $0 }.joined(separator: "-")
            }
        return (stripped, Array(parts.joined(separator: ",").utf8))
    }

    /// Digits that stand behind a bracket become part of the numbers in it.
    private static func withTrailingDigits(
        _ outer: ArraySlice<UInt8>, _ inner: [UInt8]
    ) throws(NodesetFailure) -> (ArraySlice<UInt8>, [UInt8]) {
        let digits = PlainText.text(outer.prefix(while: PlainText.isDigit))
        guard !digits.isEmpty else { return (outer, inner) }
        if inner.contains(UInt8(ascii: "/")) {
            throw .parse(
                PlainText.text(outer), "illegal trailing digits after range with steps")
        }
        let step = "/1" + String(repeating: "0", count: digits.utf8.count)
        let parts = PlainText.text(inner).split(separator: ",", omittingEmptySubsequences: false)
            .map { part in
                let text = part.split(separator: "-", omittingEmptySubsequences: false)
                    .map { $0 + digits }.joined(separator: "-")
                return text.contains("-") ? text + step : text
            }
        return (outer.drop(while: PlainText.isDigit), Array(parts.joined(separator: ",").utf8))
    }
}
