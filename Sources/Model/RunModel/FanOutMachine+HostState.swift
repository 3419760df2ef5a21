// SPDX-License-Identifier: Apache-2.0

/// One host's life in a `FanOutMachine`.
package enum HostState: Hashable, Sendable {
    /// Its turn has not come. Leaves to `connecting` because a place is free, to `ended` because
    /// the run stops first.
    case pending
    /// Its session was started. Leaves to `running` because the remote end took the command, to
    /// `closing` because an exit status came at once, to `ended` because the session ended.
    case connecting(OpenHost)
    /// The remote command runs. Leaves to `closing` because its exit status came, to `ended`
    /// because the session ended without one.
    case running(OpenHost)
    /// The exit status is known, the connection is being closed. Leaves to `ended`.
    case closing(OpenHost)
    /// Final.
    case ended(HostOutcome)

    /// The phase, as reports name it.
    package var phase: HostPhase {
        switch self {
        case .pending: .pending
        case .connecting: .connecting
        case .running: .running
        case .closing: .closing
        case .ended: .ended
        }
    }
}

/// What is known of a host that occupies a place in the window.
package struct OpenHost: Hashable, Sendable {
    /// When it entered its phase, since the run began.
    package var since: Duration
    /// The deadline it has now, if any.
    package var deadline: HostDeadline?
    /// Set once the session was told to end.
    package var stop: StopOrder?

    init(since: Duration, deadline: HostDeadline?, stop: StopOrder? = nil) {
        self.since = since
        self.deadline = deadline
        self.stop = stop
    }

    /// The outcome of a host whose session says it ended with `said`.
    ///
    /// A host that was told to end has the outcome of whoever told it so, unless its exit status
    /// cannot come from having been told: it was known before (the host was closing), or it is an
    /// exit code of a command nobody had signalled (a reset connection brings no exit code).
    func outcome(said: HostOutcome) -> HostOutcome {
        guard let stop else { return said }
        switch said {
        case .exited where stop.phase == .closing || stop.firstLevel == .abort: return said
        case .signalled where stop.phase == .closing: return said
        // It was told so before anything began: certain, where "while connecting" is not.
        case .notStarted where stop.phase == .connecting: return said
        case .exited, .signalled, .noStatus, .notReached, .timedOut, .cancelled, .notStarted:
            switch stop.reason {
            case .deadline: return .timedOut(stop.phase)
            case .interruption: return .cancelled(stop.phase)
            }
        }
    }
}

/// The deadlines of a host; it has one at a time.
package enum HostDeadline: Hashable, Sendable, CaseIterable {
    /// From its turn until its command runs.
    case connect
    /// From the start of its command until it has ended.
    case command
    /// From the moment it was told to end until its connection is reset.
    case grace
}

/// How hard a session is told to end.
package enum StopLevel: Hashable, Sendable, CaseIterable {
    /// Signal the remote command and wait for its end.
    case signal
    /// Reset the connection now.
    case abort
}

/// That a session was told to end, and why.
package struct StopOrder: Hashable, Sendable {
    /// Who wanted it to end.
    package enum Reason: Hashable, Sendable, CaseIterable {
        /// A deadline of the host passed.
        case deadline
        /// The whole run is being stopped.
        case interruption
    }

    package let reason: Reason
    /// The host's phase when it was told first.
    package let phase: HostPhase
    /// How it was told first.
    package let firstLevel: StopLevel
    /// How it was told last.
    package var level: StopLevel

    init(_ reason: Reason, in phase: HostPhase, _ level: StopLevel) {
        self.reason = reason
        self.phase = phase
        firstLevel = level
        self.level = level
    }
}
