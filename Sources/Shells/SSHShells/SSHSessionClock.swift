// SPDX-License-Identifier: Apache-2.0

import RunModel
import SSHSessionModel
import TCPSockets

/// The times of one session: the limit of its phase, and the questions for a sign of life.
///
/// One timer of the loop serves them all; it is set anew only when it comes too late for the next
/// time, so that a session that is over soon sets one.
struct SSHSessionClock {
    /// Signs of life of the server (`ServerAliveInterval`).
    struct Alive {
        var interval: Duration
        var limit: Int
        var unanswered = 0
        var next: ContinuousClock.Instant?
    }

    enum Check {
        case nothing
        case ask
        case silent
    }

    private(set) var phase: SSHPhase?
    private var deadline: ContinuousClock.Instant?
    /// The deadline of a loop that keeps up, and by what it may be put off.
    private var wait: (end: ContinuousClock.Instant, patience: Patience)?
    private var armed: ContinuousClock.Instant?
    var alive: Alive?

    /// A phase begins, and the limit of the one before it is forgotten.
    ///
    /// `behind` is how long the loop has been behind in all.
    mutating func enter(
        _ phase: SSHPhase, limit: Duration?, at now: ContinuousClock.Instant, behind: Duration
    ) {
        self.phase = phase
        begin(limit, at: now, behind: behind)
        if phase == .streaming, let interval = alive?.interval { alive?.next = now + interval }
        if phase == .closing { alive = nil }
    }

    /// The phase's time stands still, or begins anew.
    mutating func hold(
        _ isHeld: Bool, limit: Duration?, at now: ContinuousClock.Instant, behind: Duration
    ) {
        begin(isHeld ? nil : limit, at: now, behind: behind)
    }

    private mutating func begin(
        _ limit: Duration?, at now: ContinuousClock.Instant, behind: Duration
    ) {
        wait = limit.map { (now + $0, Patience(limit: $0, behind: behind)) }
        deadline = wait?.end
    }

    /// The next instant the loop must be asked for, if it has not been.
    mutating func mustArm() -> ContinuousClock.Instant? {
        guard let next = [deadline, alive?.next].compactMap(\.self).min() else { return nil }
        if let armed, armed <= next { return nil }
        armed = next
        return next
    }

    /// The loop's timer has come.
    mutating func fired(at now: ContinuousClock.Instant) {
        if let armed, armed <= now { self.armed = nil }
    }

    /// Whether the phase has had its time; it is put off by what the loop was behind meanwhile.
    mutating func isOver(at now: ContinuousClock.Instant, behind: Duration) -> Bool {
        guard let deadline, let wait, now >= deadline else { return false }
        let end = wait.end + wait.patience.added(behind: behind)
        guard now < end else { return true }
        self.deadline = end
        return false
    }

    /// Something has come from the server.
    mutating func heard(_ wakeup: Wakeup, at now: ContinuousClock.Instant) {
        guard let interval = alive?.interval, alive?.next != nil else { return }
        guard (0..<Wakeup.slotCount).contains(where: { wakeup.contains(.readable($0)) }) else {
            return
        }
        alive?.unanswered = 0
        alive?.next = now + interval
    }

    /// Whether it is time to ask, or too late.
    mutating func aliveCheck(at now: ContinuousClock.Instant) -> Check {
        guard let current = alive, let next = current.next, now >= next else { return .nothing }
        guard current.unanswered < current.limit else { return .silent }
        alive?.unanswered += 1
        alive?.next = now + current.interval
        return .ask
    }
}

/// When to send which signal to a remote command that shall end.
struct SSHTermination {
    /// How long after SIGTERM SIGKILL follows.
    static let patience = Duration.seconds(2)

    private var beganAt: ContinuousClock.Instant?
    private var hasKilled = false

    /// The signal to send now, if it is time for one.
    mutating func signalDue(at now: ContinuousClock.Instant) -> SSHSignal? {
        guard let beganAt else {
            beganAt = now
            return .terminate
        }
        guard !hasKilled, now >= beganAt + Self.patience else { return nil }
        hasKilled = true
        return .kill
    }
}
