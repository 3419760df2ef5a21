// SPDX-License-Identifier: Apache-2.0

/// Which ranges of the spill file are in use: hands out ranges and takes them back.
///
/// First fit over the free ranges, else the end of the file. Neighbouring free ranges are one, and
/// a free range at the end gives the file its old length back.
package struct ExtentAllocator: Hashable, Sendable {
    /// Where the file ends, as far as ranges are in use.
    package private(set) var end = 0
    /// Free ranges below `end`: ascending, not empty, never touching each other.
    package private(set) var free: [Range<Int>] = []

    package init() {}

    /// Bytes in use.
    package var used: Int { end - free.reduce(0) { $0 + $1.count } }

    /// Takes a range of `count` bytes.
    package mutating func allocate(_ count: Int) -> Range<Int> {
        if let place = free.firstIndex(where: { $0.count >= count }) {
            let found = free[place]
            let taken = found.lowerBound..<found.lowerBound + count
            if taken == found {
                free.remove(at: place)
            } else {
                free[place] = taken.upperBound..<found.upperBound
            }
            return taken
        }
        defer { end += count }
        return end..<end + count
    }

    /// Gives back a range that was taken.
    package mutating func release(_ range: Range<Int>) {
        var freed = range
        var place = firstFree(from: range.lowerBound)
        if place < free.count, free[place].lowerBound == freed.upperBound {
            freed = freed.lowerBound..<free[place].upperBound
            free.remove(at: place)
        }
        if place > 0, free[place - 1].upperBound == freed.lowerBound {
            place -= 1
            freed = free[place].lowerBound..<freed.upperBound
            free.remove(at: place)
        }
        if freed.upperBound == end {
            end = freed.lowerBound
        } else {
            free.insert(freed, at: place)
        }
    }

    /// The place of the first free range that starts at or after an offset.
    private func firstFree(from offset: Int) -> Int {
        var low = 0
        var high = free.count
        while low < high {
            let middle = (low + high) / 2
            if free[middle].lowerBound < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
