// SPDX-License-Identifier: Apache-2.0

/// The order people expect of numbered names: `node2` before `node10`.
enum NaturalOrder {
    /// Whether `left` comes before `right`.
    ///
    /// Runs of digits are compared as numbers of any length, everything else byte by byte. Names
    /// that differ only in leading zeros are ordered by the first run that differs, fewer zeros
    /// first.
    static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        var (i, j) = (0, 0)
        var moreZeros = 0
        while i < left.count, j < right.count {
            guard left[i].isASCIIDigit, right[j].isASCIIDigit else {
                if left[i] != right[j] { return left[i] < right[j] }
                i += 1
                j += 1
                continue
            }
            let (leftNumber, leftZeros) = number(left, from: i)
            let (rightNumber, rightZeros) = number(right, from: j)
            if leftNumber.count != rightNumber.count { return leftNumber.count < rightNumber.count }
            for (one, other) in zip(left[leftNumber], right[rightNumber]) where one != other {
                return one < other
            }
            if moreZeros == 0 { moreZeros = leftZeros - rightZeros }
            (i, j) = (leftNumber.upperBound, rightNumber.upperBound)
        }
        if i < left.count || j < right.count { return i == left.count }
        return moreZeros < 0
    }

    /// Whether one of two hosts of the same name comes before the other: by user, then by port,
    /// none first.
    static func precedes(
        user leftUser: String?, port leftPort: Int?, user rightUser: String?, port rightPort: Int?
    ) -> Bool {
        if leftUser != rightUser { return (leftUser ?? "") < (rightUser ?? "") }
        return (leftPort ?? 0) < (rightPort ?? 0)
    }

    /// The run of digits at `start` without its leading zeros, and how many those are.
    private static func number(_ bytes: [UInt8], from start: Int) -> (Range<Int>, zeros: Int) {
        var first = start
        while first < bytes.count, bytes[first] == UInt8(ascii: "0") { first += 1 }
        var end = first
        while end < bytes.count, bytes[end].isASCIIDigit { end += 1 }
        return (first..<end, first - start)
    }
}

extension HostName: Comparable {
    /// Whether `left` comes first in natural order: `node2` before `node10`.
    public static func < (left: HostName, right: HostName) -> Bool {
        NaturalOrder.precedes(Array(left.text.utf8), Array(right.text.utf8))
    }
}

extension Host: Comparable {
    /// Whether `left` comes first: by name in natural order, then by user, then by port, hosts
    /// without one first.
    public static func < (left: Host, right: Host) -> Bool {
        if left.name != right.name { return left.name < right.name }
        return NaturalOrder.precedes(
            user: left.user, port: left.port, user: right.user, port: right.port)
    }
}
