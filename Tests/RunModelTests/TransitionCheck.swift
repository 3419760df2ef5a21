// SPDX-License-Identifier: Apache-2.0

import RunModel

/// What a driver of `FanOutMachine` would notice in one transition: it executes the actions on what
/// it held before and compares with what the machine believes after.
struct TransitionCheck {
    /// The first broken invariant.
    private(set) var fault: String?

    private var sessions: [Int: StopLevel?]
    private var deadlines: [Int: HostDeadline]
    private var ended: [Int: HostOutcome]
    private var finished: Bool

    /// Checks one transition.
    ///
    /// `reported` is the host whose deadline the driver reported with this event; the driver holds
    /// that deadline no longer.
    init(
        before: FanOutMachine, after: FanOutMachine, _ actions: [FanOutMachine.Action],
        reported: Int?
    ) {
        sessions = Self.sessions(of: before)
        deadlines = Self.deadlines(of: before)
        ended = Self.ended(of: before)
        if let reported { deadlines[reported] = nil }
        finished = before.state == .finished
        for action in actions where fault == nil { execute(action, targets: before.hosts.count) }
        if fault == nil { compare(after) }
    }

    private mutating func execute(_ action: FanOutMachine.Action, targets: Int) {
        if finished, !isFinish(action) {
            fault = "acts after its end"
            return
        }
        switch action {
        case .connect(let host):
            if sessions[host] != nil || ended[host] != nil { fault = "starts \(host) twice" }
            sessions[host] = .some(nil)
        case .setDeadline(let host, let deadline, at: _):
            if sessions[host] == nil { fault = "sets a deadline for \(host), which is not open" }
            if deadlines[host] == deadline { fault = "sets a deadline twice" }
            deadlines[host] = deadline
        case .clearDeadline(let host):
            if deadlines.removeValue(forKey: host) == nil {
                fault = "clears no deadline of \(host)"
            }
        case .stop(let host, let level):
            guard let known = sessions[host] else {
                fault = "stops \(host), not open"
                return
            }
            if known == .abort || known == level { fault = "stops \(host) again" }
            sessions[host] = .some(level)
        case .emit(.ended(let host, let outcome, closing: _)):
            if ended.updateValue(outcome, forKey: host) != nil { fault = "ends \(host) twice" }
            sessions[host] = nil
            if deadlines[host] != nil { fault = "ends \(host) with a deadline" }
        case .emit(.finished(let summary)):
            if summary.outcomes.count != targets || ended.count != targets {
                fault = "finishes with \(ended.count) of \(targets)"
            }
            if summary.totals.values.reduce(0, +) != targets { fault = "the sums are wrong" }
            for (host, outcome) in summary.outcomes.enumerated() where ended[host] != outcome {
                fault = "sums up another outcome of \(host) than it told"
            }
            finished = true
        case .emit, .finish: break
        }
    }

    private func isFinish(_ action: FanOutMachine.Action) -> Bool {
        if case .finish = action { true } else { false }
    }

    private mutating func compare(_ after: FanOutMachine) {
        let isOver = after.state == .finished
        if sessions != Self.sessions(of: after) { fault = "loses track of a session" }
        if deadlines != Self.deadlines(of: after) { fault = "loses track of a deadline" }
        if ended != Self.ended(of: after) { fault = "changes an outcome in silence" }
        if after.open != sessions.count { fault = "miscounts its open hosts" }
        if sessions.count > after.limits.fanout { fault = "exceeds its window" }
        if finished != isOver { fault = "finishes in silence" }
        if sessions.count + ended.count < min(after.limits.fanout, after.hosts.count),
            after.state != .ready
        {
            fault = "leaves places free"
        }
        if case .running = after.state, sessions.count < after.limits.fanout,
            sessions.count + ended.count < after.hosts.count
        {
            fault = "leaves a place free while hosts wait"
        }
    }

    private static func sessions(of machine: FanOutMachine) -> [Int: StopLevel?] {
        var sessions: [Int: StopLevel?] = [:]
        for (host, state) in machine.hosts.enumerated() {
            switch state {
            case .connecting(let open), .running(let open), .closing(let open):
                sessions[host] = .some(open.stop?.level)
            case .pending, .ended: break
            }
        }
        return sessions
    }

    private static func deadlines(of machine: FanOutMachine) -> [Int: HostDeadline] {
        var deadlines: [Int: HostDeadline] = [:]
        for (host, state) in machine.hosts.enumerated() {
            switch state {
            case .connecting(let open), .running(let open), .closing(let open):
                deadlines[host] = open.deadline
            case .pending, .ended: break
            }
        }
        return deadlines
    }

    private static func ended(of machine: FanOutMachine) -> [Int: HostOutcome] {
        var ended: [Int: HostOutcome] = [:]
        for (host, state) in machine.hosts.enumerated() {
            if case .ended(let outcome) = state { ended[host] = outcome }
        }
        return ended
    }
}
