// SPDX-License-Identifier: Apache-2.0

/// A number as it stands in a name, with its leading zeros.
struct PaddedNumber: Hashable, Comparable {
    var value: Int
    /// The number of digits if the first of several is 0, else 1.
    var width: Int

    /// - Parameter digits: at most `NumericRange.maximumDigits`.
    init(digits: ArraySlice<UInt8>) {
        value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        width = digits.first == UInt8(ascii: "0") ? digits.count : 1
    }

    static func < (left: PaddedNumber, right: PaddedNumber) -> Bool {
        (left.value, left.width) < (right.value, right.width)
    }
}

extension NumericRange {
    /// The fewest ranges that hold exactly these numbers, in order.
    ///
    /// Numbers with different padding share a range only where the padding runs out: 08, 09, 10
    /// is one range, but 8 and 09 are two.
    ///
    /// - Parameter numbers: sorted, each once.
    /// - Returns: ranges in the order of their first numbers.
    static func covering(_ numbers: [PaddedNumber]) -> [NumericRange] {
        var unpadded: [NumericRange] = []
        var padded: [Int: [NumericRange]] = [:]
        for number in numbers {
            if number.width == 1 {
                extend(&unpadded, by: number)
            } else {
                extend(&padded[number.width, default: []], by: number)
            }
        }
        // 0…9 after two digits: 09 is the last padded number of its width, 10 the first without.
        var starts: [Int: Int] = [:]
        for (index, range) in unpadded.enumerated() { starts[range.bounds.lowerBound] = index }
        var taken: Set<Int> = []
        var ranges: [NumericRange] = []
        for (width, runs) in padded {
            let firstUnpadded = (1..<width).reduce(1) { power, _ in power * 10 }
            for var run in runs {
                if run.bounds.upperBound + 1 == firstUnpadded, let index = starts[firstUnpadded] {
                    run.bounds = run.bounds.lowerBound...unpadded[index].bounds.upperBound
                    taken.insert(index)
                }
                ranges.append(run)
            }
        }
        for (index, range) in unpadded.enumerated() where !taken.contains(index) {
            ranges.append(range)
        }
        return ranges.sorted {
            ($0.bounds.lowerBound, $0.width) < ($1.bounds.lowerBound, $1.width)
        }
    }

    private static func extend(_ ranges: inout [NumericRange], by number: PaddedNumber) {
        if let last = ranges.last, last.bounds.upperBound + 1 == number.value {
            ranges[ranges.count - 1].bounds = last.bounds.lowerBound...number.value
        } else {
            ranges.append(NumericRange(bounds: number.value...number.value, width: number.width))
        }
    }
}
