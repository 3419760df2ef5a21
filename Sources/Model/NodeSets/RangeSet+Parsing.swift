// SPDX-License-Identifier: Apache-2.0

import HostSets

extension RangeSet {
    /// Reads `1-5,07,0-10/2`, with the quirks of ClusterShell 1.9.1.
    package init(_ text: some Sequence<UInt8>, autostep: Int? = nil) throws(NodesetFailure) {
        self.init(autostep: autostep)
        for part in Array(text)
            .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        {
            try add(PlainText.stripped(part))
        }
        numbers.settle()
    }

    private mutating func add(_ part: ArraySlice<UInt8>) throws(NodesetFailure) {
        func fault(_ message: String) -> NodesetFailure {
            .range(part: PlainText.text(part), message: message)
        }
        var base = part
        var step = 1
        if let (before, after) = PlainText.cut(part, at: UInt8(ascii: "/")) {
            guard let number = PlainText.integer(after) else {
                throw fault("cannot convert string to integer")
            }
            (base, step) = (before, number)
        }
        let pieces = base.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            .map(PlainText.stripped)
        var (first, last) = (base, base)
        var (firstSign, lastSign) = (1, 1)
        switch pieces.count {
        case 1: if step != 1 { throw fault("invalid step usage") }
        case 2:
            (first, last) = (pieces[0], pieces[1])
            if first.isEmpty {
                first = last
                (firstSign, lastSign) = (-1, -1)
            }
        case 3:
            (first, last) = (pieces[1], pieces[2])
            firstSign = -1
        case 4:
            (first, last) = (pieces[1], pieces[3])
            (firstSign, lastSign) = (-1, -1)
        case _: throw .value("too many values to unpack (expected 4)")
        }
        guard let firstValue = PlainText.integer(first), let lastValue = PlainText.integer(last)
        else { throw fault(part.isEmpty ? "empty range" : "cannot convert string to integer") }
        let isPadded = first.count > 1 && first.first == UInt8(ascii: "0")
        let endIsPadded = lastValue != 0 && last.first == UInt8(ascii: "0")
        let padding = isPadded ? first.count : 0
        if isPadded || endIsPadded, first.count != last.count {
            throw fault("padding length mismatch")
        }
        if padding > 0, firstSign < 0 { throw fault("padding not supported in negative ranges") }
        let (start, end) = (firstValue * firstSign, lastValue * lastSign)
        guard start <= end, step >= 1 else { throw fault("invalid values in range") }
        // Numbers are kept in words; ClusterShell has them of any length.
        guard max(first.count, last.count) <= DigitString.maximumLength else {
            throw fault(
                "numbers of more than \(DigitString.maximumLength) digits are not supported")
        }
        guard end - start + 1 < 1_000_000_000 else { throw .value("range too large") }
        numbers.insert(start...end, width: max(padding, 1), step: step)
    }

    /// The set in parts whose numbers follow each other.
    package func contiguous() throws(NodesetFailure) -> [RangeSet] {
        var parts: [RangeSet] = []
        for slice in slices(Self.noSteps, tail: autostep) {
            guard slice.last != -1 else { throw .value("Invalid range upper limit (0)") }
            var set = RangeSet()
            set.numbers.insert(
                slice.first...slice.last, width: max(slice.padding, 1), step: slice.step)
            set.numbers.settle()
            parts.append(set)
        }
        return parts
    }

    /// The numbers at the places of a slice, negative ones counted from the end.
    func places(from start: Int, to end: Int) -> RangeSet {
        let count = count
        let first = start < 0 ? max(0, start + count) : start
        let last = end < 0 ? max(0, end + count) : end
        return RangeSet(numbers.places(from: first, to: last), inheriting: autostep)
    }

    /// The set in `parts` parts of equal size, give or take one.
    package func split(_ parts: Int) -> [RangeSet] {
        equalParts(of: count, in: parts).map { places(from: $0.lowerBound, to: $0.upperBound) }
    }
}

/// The places of `count` things in at most `parts` parts of equal size, give or take one.
func equalParts(of count: Int, in parts: Int) -> [Range<Int>] {
    var start = 0
    return (0..<min(parts, count))
        .map { part in
            let end = start + count / parts + (part < count % parts ? 1 : 0)
            defer { start = end }
            return start..<end
        }
}
