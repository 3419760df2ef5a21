// SPDX-License-Identifier: Apache-2.0

package import RunModel

/// The deadlines of the open hosts, one per host, and the sleeps it takes to notice them.
///
/// A heap by time. Replaced and forgotten deadlines stay in it until they come to the top or
/// outnumber the others. A sleep is needed only when no sleep that ends early enough is under way,
/// and kinds of deadlines are few, so only a few sleeps are ever under way at once.
package struct Deadlines: Sendable {
    private struct Entry {
        var time: Duration
        var serial: Int
        var host: Int
        var kind: HostDeadline

        /// Equal times pass in the order in which they were set.
        static func < (a: Entry, b: Entry) -> Bool { (a.time, a.serial) < (b.time, b.serial) }
    }

    private var heap: [Entry] = []
    /// The serial number of each host's deadline; entries with another one are stale.
    private var serials: [Int: Int] = [:]
    private var nextSerial = 0
    /// When the sleeps under way end, the earliest last.
    private var sleeps: [Duration] = []

    package init() {}

    /// How many hosts have a deadline.
    package var count: Int { serials.count }

    /// How many entries are kept for them.
    package var entries: Int { heap.count }

    /// Sets the host's deadline, instead of the one it has.
    package mutating func set(_ host: Int, _ kind: HostDeadline, at time: Duration) {
        nextSerial += 1
        serials[host] = nextSerial
        heap.append(Entry(time: time, serial: nextSerial, host: host, kind: kind))
        siftUp(from: heap.count - 1)
        dropStaleEntries()
    }

    /// Forgets the host's deadline.
    package mutating func clear(_ host: Int) { serials[host] = nil }

    /// Takes the earliest deadline that has passed.
    package mutating func popPassed(at now: Duration) -> (host: Int, kind: HostDeadline)? {
        while let first = heap.first {
            let isStale = serials[first.host] != first.serial
            guard isStale || first.time <= now else { return nil }
            removeFirst()
            guard !isStale else { continue }
            serials[first.host] = nil
            return (first.host, first.kind)
        }
        return nil
    }

    /// The end of a sleep that must be begun now, if one must.
    package mutating func beginSleep() -> Duration? {
        while let first = heap.first, serials[first.host] != first.serial { removeFirst() }
        guard let first = heap.first else { return nil }
        if let earliest = sleeps.last, earliest <= first.time { return nil }
        sleeps.append(first.time)
        return first.time
    }

    /// A sleep is over.
    package mutating func slept(until time: Duration) {
        if let index = sleeps.lastIndex(of: time) { sleeps.remove(at: index) }
    }

    /// Rebuilds the heap once stale entries outnumber the others.
    private mutating func dropStaleEntries() {
        guard heap.count > 2 * serials.count + 64 else { return }
        heap = heap.filter { serials[$0.host] == $0.serial }
        heap.sort(by: <)
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child] < heap[parent] else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in (2 * parent + 1)...(2 * parent + 2)
            where child < heap.count && heap[child] < heap[least] { least = child }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
