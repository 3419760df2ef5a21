// SPDX-License-Identifier: Apache-2.0

import RunEngine
package import RunModel
import Synchronization

/// Receives the events of a run and checks them against what a run promises, knowing nothing of the
/// machine that decided them.
package final class RunChecker: RunEventSink {
    private struct State {
        var phases: [HostPhase]
        var connected = 0
        var ended = 0
        var time = Duration.zero
        /// When the run was told to end; hosts are started no more.
        var stoppedAt: Duration?
        var abortedAt: Duration?
        var began = false
        var finished: RunSummary?
        var outcomes: [HostOutcome?]
        var digest = Digest()
        var events = 0
        var faults: [String] = []
        var outputs = 0
    }

    private let targets: Int
    private let limits: RunLimits
    private let clock: VirtualClock
    /// How long the readers are behind now and then; `nil` is never.
    private let readerDelay: Duration?
    private let state: Mutex<State>

    package init(
        targets: Int, limits: RunLimits, clock: VirtualClock, readerDelay: Duration? = nil
    ) {
        self.targets = targets
        self.limits = limits
        self.clock = clock
        self.readerDelay = readerDelay
        state = Mutex(
            State(
                phases: Array(repeating: .pending, count: targets),
                outcomes: Array(repeating: nil, count: targets)))
    }

    /// The broken promises, in order.
    package var faults: [String] { state.withLock(\.faults) }
    /// The outcome each host was told to have.
    package var outcomes: [HostOutcome?] { state.withLock(\.outcomes) }
    /// When the run was told to end, if it was.
    package var stoppedAt: Duration? { state.withLock(\.stoppedAt) }
    /// When the run was told to reset everything, if it was.
    package var abortedAt: Duration? { state.withLock(\.abortedAt) }
    /// A number that all events and their order went into.
    package var digest: UInt64 { state.withLock { $0.digest.value } }
    /// How many events came.
    package var eventCount: Int { state.withLock(\.events) }

    package func receive(_ event: RunEvent) {
        state.withLock { state in
            state.events += 1
            if event.time < state.time { state.faults.append("time goes back: \(event)") }
            state.time = event.time
            if let fault = check(event, &state) { state.faults.append("\(fault): \(event)") }
        }
    }

    package func ready() async {
        guard let readerDelay else { return }
        let isBehind = state.withLock { state in
            state.outputs += 1
            return state.outputs.isMultiple(of: 7)
        }
        guard isBehind else { return }
        try? await clock.sleep(until: clock.now.advanced(by: readerDelay))
    }

    /// The task of the run is being cancelled now.
    package func cancelling() {
        state.withLock { state in
            let now = clock.now.offset
            if state.stoppedAt == nil { state.stoppedAt = now }
            if state.abortedAt == nil { state.abortedAt = now }
        }
    }

    /// Nothing more can happen before the clock goes on: the window must be full while hosts wait.
    package func checkWindow() {
        state.withLock { state in
            guard state.began, state.stoppedAt == nil, state.finished == nil else { return }
            let open = state.connected - state.ended
            if open < limits.fanout, state.connected < targets {
                state.faults.append(
                    "\(open) of \(limits.fanout) places used while "
                        + "\(targets - state.connected) hosts wait, at \(clock.now.offset)")
            }
        }
    }

    private func check(_ event: RunEvent, _ state: inout State) -> String? {
        if state.finished != nil { return "an event after the end" }
        state.digest.add(event.time)
        switch event.kind {
        case .began(let count):
            state.digest.add(1, count)
            if state.began { return "begins twice" }
            state.began = true
            return count == targets ? nil : "another number of targets"
        case .connecting(let host): return connecting(host, &state)
        case .waiting(let host, reason: _):
            state.digest.add(3, host)
            return state.phases[host] == .connecting ? nil : "waits too late"
        case .running(let host):
            state.digest.add(4, host)
            guard state.phases[host] == .connecting else { return "runs from elsewhere" }
            state.phases[host] = .running
        case .output(let host, let stream, let bytes):
            state.digest.add(5, host, Int(stream.rawValue), bytes.count)
            return state.phases[host] == .running ? nil : "output of a command that does not run"
        case .notice(let host, text: _):
            state.digest.add(6, host)
        case .closing(let host):
            state.digest.add(7, host)
            guard state.phases[host] == .running else { return "closes from elsewhere" }
            state.phases[host] = .closing
        case .ended(let host, let outcome, closing: _): return ended(host, outcome, &state)
        case .interrupted(let interruption): return interrupted(interruption, event.time, &state)
        case .finished(let summary): return finished(summary, event.time, &state)
        }
        return nil
    }

    private func connecting(_ host: Int, _ state: inout State) -> String? {
        state.digest.add(2, host)
        guard state.phases[host] == .pending else { return "a host's turn comes twice" }
        state.phases[host] = .connecting
        state.connected += 1
        if state.stoppedAt != nil { return "a host is started after the stop" }
        return state.connected - state.ended > limits.fanout ? "the window is exceeded" : nil
    }

    private func ended(
        _ host: Int, _ outcome: HostOutcome, _ state: inout State
    ) -> String? {
        state.digest.add(8, host)
        state.digest.add(outcome)
        let phase = state.phases[host]
        guard phase != .ended else { return "ends twice" }
        state.phases[host] = .ended
        state.outcomes[host] = outcome
        if phase == .pending {
            // It never took a place; the window is counted by those that did.
            state.connected += 1
            if outcome != .notStarted { return "a host ended that was never started" }
        } else if outcome == .notStarted {
            return "a host was started and not started"
        }
        state.ended += 1
        return nil
    }

    private func interrupted(
        _ interruption: Interruption, _ time: Duration, _ state: inout State
    ) -> String? {
        switch interruption {
        case .status(let pending):
            state.digest.add(9, pending.count)
            for host in pending where state.phases[host.host] != host.phase {
                // What a session said a moment ago may not have reached the loop.
                if host.since > time { return "a phase from the future" }
            }
            if pending.count > limits.fanout { return "more hosts pending than open" }
            return zip(pending, pending.dropFirst()).allSatisfy { $0.since <= $1.since }
                ? nil : "the pending hosts are out of order"
        case .stopping(let signal):
            state.digest.add(10, Int(signal))
            if state.stoppedAt == nil { state.stoppedAt = time }
        case .aborting(let signal):
            state.digest.add(11, Int(signal))
            if state.stoppedAt == nil { return "aborts before it stops" }
            if state.abortedAt == nil { state.abortedAt = time }
        }
        return nil
    }

    private func finished(
        _ summary: RunSummary, _ time: Duration, _ state: inout State
    ) -> String? {
        state.digest.add(12, summary.outcomes.count)
        state.finished = summary
        if summary.duration != time { return "the duration is not the time" }
        if state.ended != targets { return "finishes with \(state.ended) of \(targets) ended" }
        if summary.outcomes.count != targets { return "an outcome is missing" }
        if summary.totals.values.reduce(0, +) != targets { return "the totals are wrong" }
        for (host, outcome) in summary.outcomes.enumerated() where state.outcomes[host] != outcome {
            return "another outcome of \(host) than was told"
        }
        return nil
    }
}

/// FNV-1a over numbers: stable from run to run and from machine to machine.
private struct Digest {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ numbers: Int...) {
        for number in numbers { add(UInt64(truncatingIfNeeded: number)) }
    }

    mutating func add(_ duration: Duration) {
        add(UInt64(truncatingIfNeeded: duration.components.seconds))
        add(UInt64(truncatingIfNeeded: duration.components.attoseconds))
    }

    mutating func add(_ outcome: HostOutcome) {
        switch outcome {
        case .exited(let code): add(1, code)
        case .signalled(let signal): add(2, signal)
        case .noStatus: add(3)
        case .notReached: add(4)
        case .timedOut(let phase): add(5, phase.rawValue.utf8.count)
        case .cancelled(let phase): add(6, phase.rawValue.utf8.count)
        case .notStarted: add(7)
        }
    }

    private mutating func add(_ number: UInt64) {
        value = (value ^ number) &* 0x0000_0100_0000_01b3
        value ^= value >> 29
    }
}
