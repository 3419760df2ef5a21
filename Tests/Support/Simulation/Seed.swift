// SPDX-License-Identifier: Apache-2.0

/// The number a whole simulated world follows from; the same seed gives the same world.
package struct Seed: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }

    package var description: String { "seed \(value)" }

    /// An independent stream of numbers; the same name gives the same stream.
    package func numbers(_ stream: Int) -> SeededNumbers {
        var mixer = SeededNumbers(state: value)
        var state = mixer.next()
        state ^= UInt64(truncatingIfNeeded: stream) &* 0x9e37_79b9_7f4a_7c15
        return SeededNumbers(state: state)
    }
}

/// Pseudo-random numbers: SplitMix64 (Steele, Lea, Flood 2014), which is fast and has no bad seeds.
package struct SeededNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, at least 1; the bias of the remainder does not matter here.
    package mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// Whether something happens that happens `percent` times of a hundred.
    package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// A duration of whole tenths of a second, 0 up to `tenths`; few different ones, so that things
    /// often happen at the same moment.
    package mutating func tenths(upTo tenths: Int) -> Duration {
        .milliseconds(100 * below(tenths + 1))
    }
}
