// SPDX-License-Identifier: Apache-2.0

/// A regular expression over host names, matched in time proportional to name × expression.
///
/// The syntax is what POSIX extended expressions and Perl share: `.` `[a-z]` `[^a-z]` `\d` `\w`
/// `\s` and their opposites, `*` `+` `?` `{2,4}`, `|`, `( )`, `^` and `$`. There are no back
/// references, so no expression can take exponential time. It is compiled to steps that are all
/// followed at once (R. Thompson, "Regular Expression Search Algorithm", 1968).
struct NameExpression: Hashable, Sendable {
    /// What is wrong with an expression, and at which byte.
    struct Fault: Error, Hashable {
        var message: String
        var offset: Int
    }

    enum Step: Hashable, Sendable {
        /// One byte of this set.
        case byte(ByteSet)
        case start
        case end
        /// Go on at both.
        case split(Int, Int)
        case jump(Int)
        case match
    }

    /// 256 bits.
    struct ByteSet: Hashable, Sendable {
        private var low: (UInt64, UInt64) = (0, 0)
        private var high: (UInt64, UInt64) = (0, 0)

        func contains(_ byte: UInt8) -> Bool {
            let bit = UInt64(1) << UInt64(byte & 63)
            let word =
                byte < 128
                ? (byte < 64 ? low.0 : low.1) : (byte < 192 ? high.0 : high.1)
            return word & bit != 0
        }

        mutating func insert(_ byte: UInt8) {
            let bit = UInt64(1) << UInt64(byte & 63)
            if byte < 64 {
                low.0 |= bit
            } else if byte < 128 {
                low.1 |= bit
            } else if byte < 192 {
                high.0 |= bit
            } else {
                high.1 |= bit
            }
        }

        mutating func formUnion(_ other: ByteSet) {
            low = (low.0 | other.low.0, low.1 | other.low.1)
            high = (high.0 | other.high.0, high.1 | other.high.1)
        }

        var inverted: ByteSet {
            var result = self
            result.low = (~low.0, ~low.1)
            result.high = (~high.0, ~high.1)
            return result
        }

        static func == (left: ByteSet, right: ByteSet) -> Bool {
            left.low == right.low && left.high == right.high
        }

        func hash(into hasher: inout Hasher) {
            for word in [low.0, low.1, high.0, high.1] { hasher.combine(word) }
        }
    }

    let steps: [Step]

    /// Whether some part of the name matches.
    func matches(_ name: [UInt8]) -> Bool {
        var current: [Int] = []
        var next: [Int] = []
        var mark = [Int](repeating: -1, count: steps.count)
        for place in 0...name.count {
            if add(0, to: &current, at: place, of: name.count, &mark) { return true }
            guard place < name.count else { return false }
            next.removeAll(keepingCapacity: true)
            for step in current {
                guard case .byte(let set) = steps[step], set.contains(name[place]) else { continue }
                if add(step + 1, to: &next, at: place + 1, of: name.count, &mark) { return true }
            }
            swap(&current, &next)
        }
        return false
    }

    /// Follows what takes no byte; whether that leads to the end of the expression.
    private func add(
        _ first: Int, to list: inout [Int], at place: Int, of count: Int, _ mark: inout [Int]
    ) -> Bool {
        var open = [first]
        while let step = open.popLast() {
            guard mark[step] != place else { continue }
            mark[step] = place
            switch steps[step] {
            case .byte: list.append(step)
            case .start: if place == 0 { open.append(step + 1) }
            case .end: if place == count { open.append(step + 1) }
            case .split(let one, let other):
                open.append(other)
                open.append(one)
            case .jump(let target): open.append(target)
            case .match: return true
            }
        }
        return false
    }
}
