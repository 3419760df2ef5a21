// SPDX-License-Identifier: Apache-2.0

extension NumericRange {
    /// The fewest ranges that hold exactly these numbers, in order.
    ///
    /// Numbers with different padding share a range only where the padding runs out: 08, 09, 10
    /// is one range, but 8 and 09 are two.
    ///
    /// - Returns: ranges in the order of their first numbers.
    static func covering(_ numbers: NumberSet) -> [NumericRange] {
        var unpadded: [NumericRange] = []
        var padded: [NumericRange] = []
        for interval in numbers.intervals {
            for piece in pieces(of: interval) {
                if piece.width > 1 {
                    padded.append(piece)
                } else if let last = unpadded.last,
                    last.bounds.upperBound + 1 == piece.bounds.lowerBound
                {
                    unpadded[unpadded.count - 1].bounds =
                        last.bounds.lowerBound...piece.bounds.upperBound
                } else {
                    unpadded.append(piece)
                }
            }
        }
        guard !padded.isEmpty else { return unpadded }
        // 0…9 after two digits: 09 is the last padded number of its width, 10 the first without.
        var starts: [Int: Int] = [:]
        for (index, range) in unpadded.enumerated() { starts[range.bounds.lowerBound] = index }
        var taken: Set<Int> = []
        var ranges: [NumericRange] = []
        for var range in padded {
            let firstUnpadded = DigitString.powers[range.width - 1]
            if range.bounds.upperBound + 1 == firstUnpadded, let index = starts[firstUnpadded] {
                range.bounds = range.bounds.lowerBound...unpadded[index].bounds.upperBound
                taken.insert(index)
            }
            ranges.append(range)
        }
        for (index, range) in unpadded.enumerated() where !taken.contains(index) {
            ranges.append(range)
        }
        return ranges.sorted {
            ($0.bounds.lowerBound, $0.width) < ($1.bounds.lowerBound, $1.width)
        }
    }

    /// An interval of ranks as values, cut where the number of digits or the padding changes.
    private static func pieces(of interval: NumberSet.Interval) -> [NumericRange] {
        var pieces: [NumericRange] = []
        var lower = interval.lower
        while lower <= interval.upper {
            let length = DigitString.length(ofRank: lower)
            let start = DigitString.starts[length]
            let firstUnpadded = start + (length == 1 ? 0 : DigitString.powers[length - 1])
            let isPadded = lower < firstUnpadded
            let end = isPadded ? firstUnpadded - 1 : start + DigitString.powers[length] - 1
            let upper = min(interval.upper, end)
            pieces.append(
                NumericRange(
                    bounds: (lower - start)...(upper - start), width: isPadded ? length : 1))
            lower = upper + 1
        }
        return pieces
    }
}
