// SPDX-License-Identifier: Apache-2.0

/// Places in a list, as a person writes them: `0-9`, `0-9/2`, `3,5`.
enum Places {
    struct Part: Hashable {
        var first: Int
        /// The place behind the last.
        var end: Int
        var step: Int
    }

    /// The parts of a text, from left to right.
    static func parts(_ text: String) throws(UsageError) -> [Part] {
        var parts: [Part] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let ends = pieces[0]
                .split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = Int(ends[0]), let last = ends.count > 1 ? Int(ends[1]) : first,
                let step = pieces.count > 1 ? Int(pieces[1]) : 1,
                first >= 0, first <= last, last < Int.max / 2, step >= 1, step < Int.max / 2
            else {
                throw UsageError("'\(text)' are no places: write them as in 0-9, 0-9/2 or 3,5")
            }
            parts.append(Part(first: first, end: last + 1, step: step))
        }
        return parts
    }
}

/// Random numbers: the same for the same seed, others each time without one.
struct RandomDraw: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64?) { state = seed ?? .random(in: .min ... .max) }

    /// The next number (SplitMix64).
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
