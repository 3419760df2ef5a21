// SPDX-License-Identifier: Apache-2.0

/// How a whole run ended: one outcome per target, none missing.
package struct RunSummary: Hashable, Sendable {
    /// The outcome of each target, in the order of the targets.
    package var outcomes: [HostOutcome]
    /// The signal that stopped the run, if one did.
    package var stoppedBy: Int32?
    /// How long the run took.
    package var duration: Duration

    package init(outcomes: [HostOutcome], stoppedBy: Int32? = nil, duration: Duration) {
        self.outcomes = outcomes
        self.stoppedBy = stoppedBy
        self.duration = duration
    }

    /// The classes an outcome can fall into; the totals of all classes are the number of targets.
    package enum Class: String, Hashable, Sendable, CaseIterable {
        case ok
        case failed
        case signalled
        case noStatus = "no-status"
        case notReached = "not-reached"
        case timedOut = "timed-out"
        case cancelled
        case notStarted = "not-started"
    }

    /// How many targets ended in each class; classes nobody ended in are absent.
    package var totals: [Class: Int] {
        outcomes.reduce(into: [:]) { totals, outcome in
            totals[outcome.summaryClass, default: 0] += 1
        }
    }
}

extension HostOutcome {
    /// The line of the summary this outcome is counted in.
    package var summaryClass: RunSummary.Class {
        switch self {
        case .exited(0): .ok
        case .exited: .failed
        case .signalled: .signalled
        case .noStatus: .noStatus
        case .notReached: .notReached
        case .timedOut: .timedOut
        case .cancelled: .cancelled
        case .notStarted: .notStarted
        }
    }
}
