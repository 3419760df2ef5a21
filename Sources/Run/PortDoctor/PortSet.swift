// SPDX-License-Identifier: Apache-2.0

/// A set of ports as one bit for each of the 65,536.
package struct PortSet: Hashable, Sendable {
    private var words = [UInt64](repeating: 0, count: 1_024)

    package init() {}

    package func contains(_ port: UInt16) -> Bool {
        words[Int(port >> 6)] >> UInt64(port & 63) & 1 == 1
    }

    package mutating func insert(_ port: UInt16) {
        words[Int(port >> 6)] |= 1 << UInt64(port & 63)
    }

    package mutating func remove(_ port: UInt16) {
        words[Int(port >> 6)] &= ~(1 << UInt64(port & 63))
    }

    package mutating func insert(_ ports: ClosedRange<UInt16>) {
        for (index, mask) in Self.masks(of: ports) { words[index] |= mask }
    }

    package mutating func remove(_ ports: ClosedRange<UInt16>) {
        for (index, mask) in Self.masks(of: ports) { words[index] &= ~mask }
    }

    /// How many of these ports it has.
    package func count(in ports: ClosedRange<UInt16>) -> Int {
        Self.masks(of: ports).reduce(0) { $0 + (words[$1.0] & $1.1).nonzeroBitCount }
    }

    /// The bits of a range of ports, word by word.
    private static func masks(of ports: ClosedRange<UInt16>) -> [(Int, UInt64)] {
        let (first, last) = (Int(ports.lowerBound >> 6), Int(ports.upperBound >> 6))
        return (first...last)
            .map { index in
                var mask = UInt64.max
                if index == first { mask &= UInt64.max << UInt64(ports.lowerBound & 63) }
                if index == last { mask &= UInt64.max >> UInt64(63 - ports.upperBound & 63) }
                return (index, mask)
            }
    }

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package func union(_ other: PortSet) -> PortSet { combined(with: other) { $0 | $1 } }

    package func subtracting(_ other: PortSet) -> PortSet {
        combined(with: other) { $0 & ~$1 }
    }

    package func intersection(_ other: PortSet) -> PortSet { combined(with: other) { $0 & $1 } }

    private func combined(
        with other: PortSet, _ combine: (UInt64, UInt64) -> UInt64
    ) -> PortSet {
        var result = self
        for index in words.indices {
            result.words[index] = combine(words[index], other.words[index])
        }
        return result
    }
}
