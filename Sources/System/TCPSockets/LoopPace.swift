// SPDX-License-Identifier: Apache-2.0

/// How long a loop has been behind: from the end of each wait to the beginning of the next, and from
/// when a timer was due to the end of the wait that it should have ended.
package struct LoopPace {
    package typealias Instant = ContinuousClock.Instant

    private var sum = Duration.zero
    /// Since when the turn under way is behind; `nil` while the loop waits.
    private var since: Instant?
    /// When the last turn ended: what came before it is in the sum.
    private var counted: Instant?

    package init() {}

    /// A wait is over; the first timer was due at `due`, or will be.
    package mutating func turnBegan(at now: Instant, due: Instant?) {
        let late = due.map { min($0, now) } ?? now
        since = counted.map { max($0, late) } ?? late
    }

    /// The next wait begins.
    package mutating func turnEnded(at now: Instant) {
        sum = behind(at: now)
        since = nil
        counted = now
    }

    /// The sum by now.
    package func behind(at now: Instant) -> Duration {
        sum + (since.map { max(.zero, $0.duration(to: now)) } ?? .zero)
    }
}
