// SPDX-License-Identifier: Apache-2.0

/// A set of digit runs, kept as ranges of ranks (see `DigitString`).
///
/// A million consecutive numbers are one range, and the operations of sets cost what the ranges of
/// both sides cost, whatever they stand for.
package struct NumberSet: Hashable, Sendable {
    /// Consecutive ranks, from the first to the last.
    package struct Interval: Hashable, Sendable {
        package var lower: Int
        package var upper: Int

        package init(_ lower: Int, _ upper: Int) {
            self.lower = lower
            self.upper = upper
        }

        package var count: Int { upper - lower + 1 }
    }

    /// Sorted, disjoint, and never touching.
    private var settled: [Interval] = []
    /// What was inserted out of order and has not been sorted in.
    private var pending: [Interval] = []

    /// An empty set.
    package init() {}

    /// A set of one rank.
    package init(rank: Int) { settled = [Interval(rank, rank)] }

    /// A set of these intervals, which are sorted and disjoint.
    package init(sorted intervals: [Interval]) {
        settled.reserveCapacity(intervals.count)
        for interval in intervals { append(interval) }
    }

    /// The ranks as sorted intervals that do not touch.
    package var intervals: [Interval] {
        if pending.isEmpty { return settled }
        var copy = self
        copy.settle()
        return copy.settled
    }

    package var isEmpty: Bool { settled.isEmpty && pending.isEmpty }

    /// How many ranks the set holds.
    package var count: Int { intervals.reduce(0) { $0 + $1.count } }

    /// The first rank, or `nil` when there is none.
    package var first: Int? { intervals.first?.lower }

    /// The last rank, or `nil` when there is none.
    package var last: Int? { intervals.last?.upper }

    /// The only rank, or `nil` when there are none or several.
    package var only: Int? {
        let intervals = intervals
        guard intervals.count == 1, intervals[0].lower == intervals[0].upper else { return nil }
        return intervals[0].lower
    }

    /// Adds one rank; cheap when it is not below those before, and amortised when it is.
    package mutating func insert(_ rank: Int) {
        guard let last = settled.last else {
            settled.append(Interval(rank, rank))
            return
        }
        if rank > last.upper + 1 {
            settled.append(Interval(rank, rank))
        } else if rank == last.upper + 1 {
            settled[settled.count - 1].upper = rank
        } else if rank < last.lower {
            pending.append(Interval(rank, rank))
        }
    }

    /// Adds the numbers first, first + step, … up to last, with zeros up to `width` digits.
    package mutating func insert(_ bounds: ClosedRange<Int>, width: Int, step: Int = 1) {
        guard step == 1 else { return insert(bounds, width: width, inSteps: step) }
        var added = NumberSet()
        if bounds.lowerBound < 0 {
            added.append(Interval(bounds.lowerBound, min(bounds.upperBound, -1)))
        }
        var value = max(0, bounds.lowerBound)
        while value <= bounds.upperBound {
            let length = DigitString.naturalLength(of: value)
            let end = min(bounds.upperBound, DigitString.powers[length] - 1)
            let start = DigitString.starts[max(length, width)]
            added.append(Interval(start + value, start + end))
            value = end + 1
        }
        formUnion(added)
    }

    /// Numbers of one length at a time, whose ranks lie as far apart as they do.
    private mutating func insert(_ bounds: ClosedRange<Int>, width: Int, inSteps step: Int) {
        // A step beyond the last number is as good as any other; no sum may overflow.
        let step = min(step, bounds.upperBound - bounds.lowerBound + 1)
        var value = bounds.lowerBound
        while value <= bounds.upperBound {
            guard value >= 0 else {
                insert(value)
                value += step
                continue
            }
            let length = DigitString.naturalLength(of: value)
            let start = DigitString.starts[max(length, width)]
            let end = min(bounds.upperBound, DigitString.powers[length] - 1)
            while value <= end {
                insert(start + value)
                value += step
            }
        }
    }

    /// Sorts in what was inserted out of order.
    package mutating func settle() {
        guard !pending.isEmpty else { return }
        pending.sort { $0.lower < $1.lower }
        var late = NumberSet()
        for interval in pending { late.append(interval) }
        pending = []
        settled = Self.union(settled, late.settled)
    }

    /// Appends an interval that does not begin before the last one.
    private mutating func append(_ interval: Interval) {
        if let last = settled.last, interval.lower <= last.upper + 1 {
            settled[settled.count - 1].upper = max(last.upper, interval.upper)
        } else {
            settled.append(interval)
        }
    }

    private static func union(_ left: [Interval], _ right: [Interval]) -> [Interval] {
        var result = NumberSet()
        result.settled.reserveCapacity(left.count + right.count)
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            if j == right.count || (i < left.count && left[i].lower <= right[j].lower) {
                result.append(left[i])
                i += 1
            } else {
                result.append(right[j])
                j += 1
            }
        }
        return result.settled
    }
}

extension NumberSet {
    /// Adds the ranks of another set.
    package mutating func formUnion(_ other: NumberSet) {
        let others = other.intervals
        guard let first = others.first else { return }
        if settled.last.map({ first.lower >= $0.lower }) ?? true {
            for interval in others { append(interval) }
        } else if others.count < settled.count / 4 {
            // Sorted in later, all at once: many small sets cost no more than one large one.
            pending += others
        } else {
            settled = Self.union(settled, others)
        }
    }

    package func union(_ other: NumberSet) -> NumberSet {
        var result = self
        result.formUnion(other)
        return result
    }

    /// The ranks that both sets hold.
    package func intersection(_ other: NumberSet) -> NumberSet {
        let (left, right) = (intervals, other.intervals)
        var result: [Interval] = []
        var (i, j) = (0, 0)
        while i < left.count, j < right.count {
            let lower = max(left[i].lower, right[j].lower)
            let upper = min(left[i].upper, right[j].upper)
            if lower <= upper { result.append(Interval(lower, upper)) }
            if left[i].upper < right[j].upper { i += 1 } else { j += 1 }
        }
        return NumberSet(sorted: result)
    }

    /// The ranks that `other` does not hold.
    package func subtracting(_ other: NumberSet) -> NumberSet {
        let (left, right) = (intervals, other.intervals)
        var result: [Interval] = []
        var j = 0
        for interval in left {
            var lower = interval.lower
            while j < right.count, right[j].upper < lower { j += 1 }
            var k = j
            while k < right.count, right[k].lower <= interval.upper {
                if right[k].lower > lower { result.append(Interval(lower, right[k].lower - 1)) }
                lower = max(lower, right[k].upper + 1)
                k += 1
            }
            if lower <= interval.upper { result.append(Interval(lower, interval.upper)) }
        }
        return NumberSet(sorted: result)
    }

    /// The ranks that exactly one of the sets holds.
    package func symmetricDifference(_ other: NumberSet) -> NumberSet {
        subtracting(other).union(other.subtracting(self))
    }

    package func contains(_ rank: Int) -> Bool {
        let intervals = intervals
        var (low, high) = (0, intervals.count)
        while low < high {
            let middle = (low + high) / 2
            if intervals[middle].upper < rank { low = middle + 1 } else { high = middle }
        }
        return low < intervals.count && intervals[low].lower <= rank
    }

    package func isSubset(of other: NumberSet) -> Bool { subtracting(other).isEmpty }

    package func isDisjoint(with other: NumberSet) -> Bool { intersection(other).isEmpty }

    /// Calls `body` with every rank, in order.
    package func visit(_ body: (Int) -> Void) {
        for interval in intervals {
            for rank in interval.lower...interval.upper { body(rank) }
        }
    }

    /// All ranks, in order.
    package var ranks: [Int] {
        var ranks: [Int] = []
        ranks.reserveCapacity(count)
        visit { ranks.append($0) }
        return ranks
    }

    /// The ranks at the places start, start + step, … below end, counted from 0.
    package func places(from start: Int, to end: Int, by step: Int = 1) -> NumberSet {
        var result = NumberSet()
        var before = 0
        var next = start
        for interval in intervals {
            let after = before + interval.count
            if step == 1 {
                let (low, high) = (max(start, before), min(end, after))
                if low < high {
                    result.append(
                        Interval(interval.lower + low - before, interval.lower + high - before - 1))
                }
            } else {
                while next < min(end, after) {
                    let rank = interval.lower + next - before
                    result.append(Interval(rank, rank))
                    next += step
                }
            }
            before = after
            if before >= end { break }
        }
        return result
    }

    /// Two sets are equal when they hold the same ranks.
    package static func == (left: NumberSet, right: NumberSet) -> Bool {
        left.intervals == right.intervals
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(intervals) }
}
