// SPDX-License-Identifier: Apache-2.0

package import RunModel
import Synchronization

/// Starts no further host once more hosts have failed than may.
///
/// A host fails that was reached and did not end ok, or was not reached; hosts that somebody stopped
/// do not count. What runs is let to end.
package final class FailureBudget: StartGate {
    private let limit: Int
    private let failures = Mutex(0)
    private let whenSpent: @Sendable () -> Void

    /// - Parameters:
    ///   - limit: how many hosts may fail, 0 or more.
    ///   - whenSpent: told once, when one more has.
    package init(limit: Int, whenSpent: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.whenSpent = whenSpent
    }

    /// Takes one event of the run, and never waits.
    package func receive(_ event: RunEvent) {
        guard case .ended(_, let outcome, _) = event.kind else { return }
        switch outcome {
        case .exited(0), .cancelled, .notStarted: return
        case .exited, .signalled, .noStatus, .notReached, .timedOut: break
        }
        let count = failures.withLock { failures in
            failures += 1
            return failures
        }
        if count == limit + 1 { whenSpent() }
    }

    package func mayStart(_ host: Int) async -> Bool { failures.withLock { $0 <= limit } }
}

/// Several gates, one after the other.
package struct StartGates: StartGate {
    private let gates: [any StartGate]

    package init(_ gates: [any StartGate]) { self.gates = gates }

    package func mayStart(_ host: Int) async -> Bool {
        for gate in gates {
            guard await gate.mayStart(host) else { return false }
        }
        return true
    }
}
