// SPDX-License-Identifier: Apache-2.0

package import HostSets

/// A set of numbers as ClusterShell 1.9 has it: each with its padding, and a threshold from which on
/// equal distances are written as steps.
package struct RangeSet: Hashable, Sendable {
    /// Consecutive numbers at one distance, with one padding.
    struct Slice: Hashable {
        var first: Int
        var last: Int
        var step: Int
        /// Zeros in front up to so many digits; 0 for none.
        var padding: Int
    }

    /// No steps are written.
    static let noSteps = Int.max

    package var numbers = NumberSet()
    /// From how many distances on a step is written: one less than the user's count of nodes.
    var autostep = RangeSet.noSteps

    /// An empty set; `autostep` is the least count of nodes that are written with a step.
    package init(autostep: Int? = nil) { setAutostep(autostep) }

    init(_ numbers: NumberSet, inheriting autostep: Int = RangeSet.noSteps) {
        self.numbers = numbers
        self.autostep = autostep
    }

    mutating func setAutostep(_ count: Int?) { autostep = count.map { $0 - 1 } ?? Self.noSteps }

    package var count: Int { numbers.count }
    package var isEmpty: Bool { numbers.isEmpty }

    /// Two sets are equal when their numbers are.
    package static func == (left: RangeSet, right: RangeSet) -> Bool {
        left.numbers == right.numbers
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(numbers) }
}

extension RangeSet: CustomStringConvertible {
    /// The set as ranges: `1-3,7`, `01-10/3`.
    package var description: String {
        slices(autostep, tail: autostep).map(Self.text).joined(separator: ",")
    }

    private static func text(_ slice: Slice) -> String {
        let first = padded(slice.first, slice.padding)
        guard slice.first != slice.last else { return first }
        let step = slice.step == 1 ? "" : "/\(slice.step)"
        return first + "-" + padded(slice.last, slice.padding) + step
    }

    private static func padded(_ number: Int, _ padding: Int) -> String {
        let digits = String(abs(number))
        let sign = number < 0 ? "-" : ""
        let zeros = max(0, padding - digits.utf8.count - sign.utf8.count)
        return sign + String(repeating: "0", count: zeros) + digits
    }

    /// The numbers as slices whose last number may lie one short of a full step.
    ///
    /// The last slice has a threshold of its own, for there the two uses of this in ClusterShell
    /// differ.
    func slices(_ autostep: Int, tail: Int) -> [Slice] {
        var run = Run(autostep: autostep)
        for interval in numbers.intervals {
            var lower = interval.lower
            while lower <= interval.upper {
                let (slice, next) = Self.piece(from: lower, to: interval.upper)
                let digits = lower < 0 ? 0 : DigitString.length(ofRank: lower)
                run.add(slice.first, digits: digits, isPadded: slice.padding > 0)
                if slice.last > slice.first {
                    run.add(slice.first + 1, digits: digits, isPadded: slice.padding > 0)
                    // From here on the step is 1, whatever it was before.
                    run.skip(to: slice.last)
                }
                lower = next
            }
        }
        run.finish(tail)
        return run.slices
    }

    /// The part of an interval of ranks that has one length and one padding.
    private static func piece(from lower: Int, to upper: Int) -> (slice: Slice, next: Int) {
        if lower < 0 {
            let last = min(upper, -1)
            return (Slice(first: lower, last: last, step: 1, padding: 0), last + 1)
        }
        let length = DigitString.length(ofRank: lower)
        let first = DigitString.value(ofRank: lower)
        let isPadded = DigitString.isPadded(rank: lower)
        var power = 1
        for _ in 1..<length { power *= 10 }
        let end = isPadded ? power - 1 : (length == 1 ? 9 : power * 10 - 1)
        let last = min(first + (upper - lower), end)
        return (
            Slice(first: first, last: last, step: 1, padding: isPadded ? length : 0),
            lower + (last - first) + 1
        )
    }
}

/// Numbers that come one by one, gathered into slices.
private struct Run {
    var slices: [RangeSet.Slice] = []
    private let autostep: Int
    private var first: Int?
    private var last = 0
    private var step: Int?
    private var padding = 0
    private var isPadded = false

    init(autostep: Int) { self.autostep = autostep }

    private var written: Int { isPadded ? padding : 0 }

    private static func reaches(_ span: Int, _ autostep: Int, _ step: Int) -> Bool {
        guard autostep != RangeSet.noSteps else { return false }
        let (product, overflow) = autostep.multipliedReportingOverflow(by: step)
        return !overflow && span >= product
    }

    mutating func add(_ number: Int, digits: Int, isPadded nextIsPadded: Bool) {
        guard let start = first else {
            begin(number, digits, nextIsPadded)
            last = number
            return
        }
        let otherPadding = isPadded ? digits != padding : nextIsPadded
        let otherStep = !otherPadding && step != nil && step != number - last
        guard otherPadding || otherStep else {
            step = number - last
            last = number
            return
        }
        let known = step ?? 1
        if step == nil || known == 1 || Self.reaches(last - start, autostep, known) {
            slices.append(
                RangeSet.Slice(first: start, last: last, step: known, padding: written))
            begin(number, digits, nextIsPadded)
        } else {
            let end = otherPadding ? last : last - known
            single(from: start, through: end, by: known)
            if otherPadding { begin(number, digits, nextIsPadded) } else { first = last }
        }
        step = otherStep ? number - last : nil
        last = number
    }

    /// Goes on to a number in steps of 1.
    mutating func skip(to number: Int) { last = number }

    mutating func finish(_ autostep: Int) {
        guard let start = first else { return }
        guard let step, step != 1, !Self.reaches(last - start, autostep, step) else {
            slices.append(
                RangeSet.Slice(first: start, last: last, step: step ?? 1, padding: written))
            return
        }
        single(from: start, through: last, by: step)
    }

    private mutating func begin(_ number: Int, _ digits: Int, _ isPadded: Bool) {
        first = number
        padding = digits
        self.isPadded = isPadded
    }

    private mutating func single(from start: Int, through end: Int, by step: Int) {
        for number in stride(from: start, through: end, by: step) {
            slices.append(
                RangeSet.Slice(first: number, last: number, step: 1, padding: written))
        }
    }
}
