// SPDX-License-Identifier: Apache-2.0

/// Who runs next, who must end, and when the run is over: the life of a run as a value.
///
/// Theory of operation. Targets are numbers, 0 up to the number of targets; they take their turns
/// in that order. A *window* of at most `limits.fanout` hosts is open at once, and it is full
/// whenever hosts wait: the event that ends one host starts the next. The machine is told what
/// happened, one method per event, with the time since the run began, and answers with actions for
/// its driver. It reads no clock and holds no session, so that a test can visit every state it can
/// be in.
///
/// A host has at most one deadline at a time: from its turn until its command runs (connect), from
/// then until it has ended (command), and from the moment it was told to end (grace). A session
/// that was told to end keeps its place in the window until it has ended, so no host is ever lost.
///
/// What the sessions see themselves (waiting, running, output, closing) reaches the reports
/// straight from them; the machine emits what the run decides.
package struct FanOutMachine: Hashable, Sendable {
    /// Where the run is.
    package enum State: Hashable, Sendable {
        /// Nothing has been started. Leaves to `running` because the run starts, or to `finished`
        /// because it was cancelled before.
        case ready
        /// A host is started for every free place. `asked` once the first `^C` was answered. Leaves
        /// to `stopping` or `aborting` because somebody wants it to end, to `finished` because
        /// every host has ended.
        case running(asked: Bool)
        /// No host is started any more and every open one was told to end; `signal` asked for it.
        /// Leaves to `aborting` because somebody insists, to `finished` because every host ended.
        case stopping(signal: Int32)
        /// Every open session was told to reset its connection. `stoppedBy` is the signal that
        /// stopped the run first; `nil` when its task was cancelled instead. Leaves to `finished`
        /// because every host has ended.
        case aborting(stoppedBy: Int32?)
        /// Every host has its outcome. Final.
        case finished
    }

    /// What the driver does next, in order.
    package enum Action: Hashable, Sendable {
        /// Start the host's session.
        case connect(host: Int)
        /// Report `deadlinePassed` for the host at this time since the run began; replaces the
        /// host's deadline, if it has one.
        case setDeadline(host: Int, HostDeadline, at: Duration)
        /// Forget the host's deadline.
        case clearDeadline(host: Int)
        /// Tell the host's session to end.
        case stop(host: Int, StopLevel)
        /// Tell the reports.
        case emit(RunEvent.Kind)
        /// The run is over; nothing follows.
        case finish(RunSummary)
    }

    /// The limits the run keeps to.
    package let limits: RunLimits
    package internal(set) var state = State.ready
    /// Each target's life.
    package internal(set) var hosts: [HostState]
    /// The first target whose turn has not come; the number of targets once none is left to start.
    package internal(set) var next = 0
    /// How many hosts are open: connecting, running or closing.
    package internal(set) var open = 0

    /// A run that has not begun.
    package init(targets: Int, limits: RunLimits) {
        precondition(targets >= 0, "a run has no fewer than zero targets")
        self.limits = limits
        hosts = Array(repeating: .pending, count: targets)
    }

    /// The run begins.
    package mutating func start(at now: Duration) -> [Action] {
        guard case .ready = state else { impossible("start") }
        state = .running(asked: false)
        var actions: [Action] = [.emit(.began(targets: hosts.count))]
        fillWindow(at: now, &actions)
        finishIfAllEnded(at: now, stoppedBy: nil, &actions)
        return actions
    }

    /// Gives every free place of the window to the next host.
    mutating func fillWindow(at now: Duration, _ actions: inout [Action]) {
        while open < limits.fanout, next < hosts.count {
            let host = next
            next += 1
            open += 1
            let deadline = limits.connectTimeout.map { _ in HostDeadline.connect }
            hosts[host] = .connecting(OpenHost(since: now, deadline: deadline))
            actions.append(.emit(.connecting(host: host)))
            actions.append(.connect(host: host))
            if let timeout = limits.connectTimeout {
                actions.append(.setDeadline(host: host, .connect, at: now + timeout))
            }
        }
    }

    /// Ends the run if every host has its outcome.
    mutating func finishIfAllEnded(
        at now: Duration, stoppedBy: Int32?, _ actions: inout [Action]
    ) {
        guard open == 0, next == hosts.count else { return }
        state = .finished
        let outcomes = hosts.map { host -> HostOutcome in
            guard case .ended(let outcome) = host else { impossible("finish with a host left") }
            return outcome
        }
        let summary = RunSummary(outcomes: outcomes, stoppedBy: stoppedBy, duration: now)
        actions.append(.emit(.finished(summary)))
        actions.append(.finish(summary))
    }

    /// Our own fault: an event that cannot happen in this state.
    func impossible(_ event: String) -> Never {
        preconditionFailure("\(event) in a run that is \(state)")
    }
}
