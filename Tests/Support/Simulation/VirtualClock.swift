// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A clock that stands still until it is told to go on to the earliest sleeper.
///
/// Every sleep is announced to it, so whoever moves it (`SimulationExecutor`) knows when and where
/// to.
package final class VirtualClock: Clock, Sendable {
    /// A moment on this clock.
    package struct Instant: InstantProtocol, Sendable {
        /// The time since the clock was made.
        package var offset: Duration

        package init(offset: Duration) { self.offset = offset }

        package func advanced(by duration: Duration) -> Instant {
            Instant(offset: offset + duration)
        }

        package func duration(to other: Instant) -> Duration { other.offset - offset }

        package static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    /// Names somebody who sleeps, so that they can be woken before their time.
    package struct SleeperID: Hashable, Sendable {
        fileprivate let number: Int
    }

    private struct Sleep {
        var end: Instant
        var serial: Int
        var sleeper: SleeperID

        static func < (a: Sleep, b: Sleep) -> Bool { (a.end, a.serial) < (b.end, b.serial) }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var lastNumber = 0
        /// A heap, the earliest end first; sleeps that were broken off stay in it.
        var sleeps: [Sleep] = []
        /// Who sleeps, with the serial number of the sleep.
        var sleepers: [SleeperID: (serial: Int, continuation: CheckedContinuation<Void, Never>)] =
            [:]
        /// Who was woken while awake: their next sleep ends at once.
        var woken: Set<SleeperID> = []
    }

    private let state = Mutex(State())

    package init() {}

    package var now: Instant { state.withLock(\.now) }
    package var minimumResolution: Duration { .nanoseconds(1) }

    /// How many sleep now.
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let sleeper = sleeper()
        await sleep(sleeper, until: deadline)
        forget(sleeper)
        try Task.checkCancellation()
    }

    /// A name to sleep under.
    package func sleeper() -> SleeperID {
        state.withLock { state in
            state.lastNumber += 1
            return SleeperID(number: state.lastNumber)
        }
    }

    /// Sleeps until `deadline`, until somebody wakes the sleeper, or until the task is cancelled.
    package func sleep(_ sleeper: SleeperID, until deadline: Instant) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard state.woken.remove(sleeper) == nil, deadline > state.now else {
                        return true
                    }
                    state.lastNumber += 1
                    let serial = state.lastNumber
                    state.sleepers[sleeper] = (serial, continuation)
                    state.sleeps.push(Sleep(end: deadline, serial: serial, sleeper: sleeper), by: <)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            wake(sleeper)
        }
    }

    /// Ends somebody's sleep, or their next one if they are awake.
    package func wake(_ sleeper: SleeperID) {
        let continuation = state.withLock { state in
            let sleep = state.sleepers.removeValue(forKey: sleeper)
            if sleep == nil { state.woken.insert(sleeper) }
            return sleep?.continuation
        }
        continuation?.resume()
    }

    /// Forgets somebody who will not sleep again.
    package func forget(_ sleeper: SleeperID) {
        state.withLock { _ = $0.woken.remove(sleeper) }
    }

    /// Goes on to the end of the earliest sleep and wakes everybody whose sleep ends then, in the
    /// order in which they went to sleep.
    ///
    /// Returns false if nobody sleeps.
    package func goOn() -> Bool {
        let continuations = state.withLock { state in
            var continuations: [CheckedContinuation<Void, Never>] = []
            while let first = state.sleeps.first {
                guard continuations.isEmpty || first.end == state.now else { break }
                state.sleeps.popFirst(by: <)
                guard let known = state.sleepers[first.sleeper], known.serial == first.serial else {
                    continue
                }
                state.sleepers[first.sleeper] = nil
                state.now = first.end
                continuations.append(known.continuation)
            }
            return continuations
        }
        for continuation in continuations { continuation.resume() }
        return !continuations.isEmpty
    }
}

/// Binary heaps in arrays.
extension Array {
    fileprivate mutating func push(_ element: Element, by isBefore: (Element, Element) -> Bool) {
        append(element)
        var child = count - 1
        while child > 0, isBefore(self[child], self[(child - 1) / 2]) {
            swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    fileprivate mutating func popFirst(by isBefore: (Element, Element) -> Bool) {
        swapAt(0, count - 1)
        removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in (2 * parent + 1)...(2 * parent + 2)
            where child < count && isBefore(self[child], self[least]) { least = child }
            guard least != parent else { return }
            swapAt(parent, least)
            parent = least
        }
    }
}
