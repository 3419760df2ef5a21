// SPDX-License-Identifier: Apache-2.0

package import RunModel

/// What the journal is told of a run before it begins.
///
/// Nothing of it is secret by nature: what hosts read on standard input and what a person types at
/// a prompt is not part of it. The words of the command are, whatever they say.
package struct RecordedRequest: Hashable, Sendable {
    /// The targets' names as the user wrote them, in the order of their turns.
    package var hosts: [String]
    /// The words of the command.
    package var command: [String]
    /// The words of the command line before the command, by which the run can be repeated.
    package var options: [String]
    /// How hosts are reached (`rsh`, `ssh`, `exec`).
    package var transport: String
    /// Whether hosts read standard input, which is not recorded.
    package var readsInput: Bool
    /// The run this one goes on with: the same command on hosts of that run.
    package var continues: Int64?

    package init(
        hosts: [String], command: [String], options: [String], transport: String,
        readsInput: Bool = false, continues: Int64? = nil
    ) {
        self.hosts = hosts
        self.command = command
        self.options = options
        self.transport = transport
        self.readsInput = readsInput
        self.continues = continues
    }
}

/// A run as the journal lists it.
package struct RunRecord: Hashable, Sendable {
    /// Where a run is.
    package enum Life: Hashable, Sendable, CaseIterable {
        /// Its process lives.
        case going
        /// Every host is accounted for.
        case finished
        /// Its process died before that.
        case interrupted
    }

    /// The number of its row; runs that began later have greater ones.
    package var number: Int64
    /// Its name: eight characters of 0-9 and a-z without i, l, o, u.
    package var id: String
    /// When it began, local time: `2026-03-01 12:30:05`.
    package var began: String
    package var life: Life
    /// How long it took, in seconds, where it has finished.
    package var duration: Double?
    /// The signal that stopped it, if one did.
    package var stoppedBy: Int32?
    package var targets: Int
    package var transport: String
    package var command: [String]
    package var options: [String]
    package var readsInput: Bool
    package var keepsOutput: Bool
    package var continues: Int64?
    /// How many hosts ended in each class.
    package var totals: [RunSummary.Class: Int]
    /// Hosts that had started and whose end is not recorded.
    package var open: Int
    /// Hosts whose turn had not come.
    package var pending: Int
}

/// One host of a run.
package struct HostRecord: Hashable, Sendable {
    /// Its place in the run's list of targets.
    package var target: Int
    package var name: String
    package var state: HostStanding
    /// Seconds since the run began.
    package var started: Double?
    package var running: Double?
    package var closing: Double?
    package var ended: Double?
    package var note: ClosingNote?
    /// Where its outputs are, by stream.
    var contents: [OutputStream: Int64]
    /// Bytes of its output that were not kept.
    package var cut: Int
}

/// What the journal knows of a host.
package enum HostStanding: Hashable, Sendable {
    /// Its turn has not come.
    case pending
    /// Its turn has come: its command may have been sent.
    case open(HostPhase)
    /// How it ended.
    case ended(HostOutcome)

    /// What that says about its command.
    package var execution: Execution {
        switch self {
        case .pending, .ended(.notStarted), .ended(.notReached): .never
        case .ended(.exited), .ended(.signalled): .known
        case .open, .ended(.noStatus), .ended(.timedOut), .ended(.cancelled): .unknown
        }
    }

    /// Whether a command has run.
    package enum Execution: Hashable, Sendable, Comparable, CaseIterable {
        /// It was certainly not started.
        case never
        /// It may have been, and its end is not known.
        case unknown
        /// It ran, and its end is known.
        case known
    }
}
