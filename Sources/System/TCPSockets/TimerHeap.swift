// SPDX-License-Identifier: Apache-2.0

/// Actions by the instant they are due: a binary heap, with removal by name.
struct TimerHeap {
    private struct Entry {
        var instant: ContinuousClock.Instant
        var name: UInt64

        /// Entries of the same instant keep the order they came in.
        static func < (a: Entry, b: Entry) -> Bool {
            a.instant == b.instant ? a.name < b.name : a.instant < b.instant
        }
    }

    private var entries: [Entry] = []
    /// Removed timers stay in the heap, without an action, until their instant comes.
    private var actions: [UInt64: @Sendable () -> Void] = [:]
    private var lastName: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }

    /// The earliest instant in the heap.
    var next: ContinuousClock.Instant? { entries.first?.instant }

    mutating func insert(
        at instant: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void
    ) -> UInt64 {
        lastName += 1
        actions[lastName] = action
        entries.append(Entry(instant: instant, name: lastName))
        var child = entries.count - 1
        while child > 0, entries[child] < entries[(child - 1) / 2] {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
        return lastName
    }

    mutating func remove(_ name: UInt64) -> (@Sendable () -> Void)? {
        let action = actions.removeValue(forKey: name)
        // Mostly removed timers: worth the walk to forget them.
        if entries.count > 64, entries.count > 4 * actions.count {
            entries = entries.filter { actions[$0.name] != nil }.sorted { $0 < $1 }
        }
        return action
    }

    /// Takes out the actions that are due, in order.
    mutating func removeDue(at now: ContinuousClock.Instant) -> [@Sendable () -> Void] {
        var due: [@Sendable () -> Void] = []
        while let first = entries.first, first.instant <= now {
            removeFirst()
            if let action = actions.removeValue(forKey: first.name) { due.append(action) }
        }
        return due
    }

    private mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            let (left, right) = (2 * parent + 1, 2 * parent + 2)
            var least = parent
            if left < entries.count, entries[left] < entries[least] { least = left }
            if right < entries.count, entries[right] < entries[least] { least = right }
            if least == parent { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
