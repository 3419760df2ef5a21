// SPDX-License-Identifier: Apache-2.0

/// When sessions are to go on by themselves, the earliest first: a binary heap.
///
/// A session may be there more than once, and may be over when its time comes.
struct FleetDeadlines {
    private var entries: [(instant: ContinuousClock.Instant, token: UInt64)] = []

    var next: ContinuousClock.Instant? { entries.first?.instant }

    mutating func insert(_ instant: ContinuousClock.Instant, _ token: UInt64) {
        entries.append((instant, token))
        var child = entries.count - 1
        while child > 0, entries[child].instant < entries[(child - 1) / 2].instant {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeDue(at now: ContinuousClock.Instant) -> [UInt64] {
        var tokens: [UInt64] = []
        while let first = entries.first, first.instant <= now {
            tokens.append(first.token)
            removeFirst()
        }
        return tokens
    }

    private mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            let children = (2 * parent + 1..<2 * parent + 3).filter { $0 < entries.count }
            let smallest = children.min { entries[$0].instant < entries[$1].instant }
            guard let smallest, entries[smallest].instant < entries[parent].instant else { return }
            entries.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
