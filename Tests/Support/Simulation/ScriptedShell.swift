// SPDX-License-Identifier: Apache-2.0

package import RunModel
package import ShellContract
import Synchronization

/// A shell whose hosts follow a script drawn from a seed.
package final class ScriptedShell: RemoteShell {
    private struct State {
        var open: Set<Int> = []
        var opened = 0
        var faults: [String] = []
    }

    private let seed: Seed
    private let limits: RunLimits
    private let clock: VirtualClock
    private let state = Mutex(State())

    package init(seed: Seed, limits: RunLimits, clock: VirtualClock) {
        self.seed = seed
        self.limits = limits
        self.clock = clock
    }

    /// How many sessions are open now.
    package var openCount: Int { state.withLock { $0.open.count } }
    /// How many sessions were opened so far.
    package var openedCount: Int { state.withLock(\.opened) }
    /// What the engine did wrong, as seen from the hosts.
    package var faults: [String] { state.withLock(\.faults) }

    package func run(
        _ session: SessionRequest, stop: SessionStop, sink: some SessionSink
    ) async -> SessionEnd {
        let host = session.index
        state.withLock { state in
            state.opened += 1
            if !state.open.insert(host).inserted { state.faults.append("\(host) opened twice") }
            if state.open.count > limits.fanout { state.faults.append("window exceeded") }
        }
        let script = HostScript(host: host, of: seed, limits: limits)
        let scripted = ScriptedSession(script: script, clock: clock, stop: stop, sink: sink)
        let outcome = await scripted.run()
        state.withLock { _ = $0.open.remove(host) }
        return SessionEnd(outcome)
    }
}

/// One session with a scripted host.
private struct ScriptedSession<Sink: SessionSink> {
    /// Why a wait ended.
    private enum Wait {
        case over
        case aborted
        /// The command ended because it was signalled.
        case signalled(HostOutcome)
    }

    private let script: HostScript
    private let clock: VirtualClock
    private let stop: SessionStop
    private let sink: Sink
    private let sleeper: VirtualClock.SleeperID

    init(script: HostScript, clock: VirtualClock, stop: SessionStop, sink: Sink) {
        self.script = script
        self.clock = clock
        self.stop = stop
        self.sink = sink
        sleeper = clock.sleeper()
        stop.whenRaised { [clock, sleeper] _ in clock.wake(sleeper) }
    }

    func run() async -> HostOutcome {
        let outcome = await connect()
        stop.forget()
        clock.forget(sleeper)
        return outcome
    }

    private func connect() async -> HostOutcome {
        if let waiting = script.waiting {
            sink.emit(.waiting(reason: "no free port"))
            guard case .over = await wait(waiting) else { return await reset(in: .connecting) }
            sink.emit(.proceeding)
        }
        guard case .over = await wait(script.connecting) else {
            return await reset(in: .connecting)
        }
        switch script.answer {
        case .refuses: return .notReached(HostScript.refusal)
        case .accepts:
            sink.emit(.running)
            return await command()
        }
    }

    private func command() async -> HostOutcome {
        for pause in script.output {
            switch await wait(pause, commandRuns: true) {
            case .over: await sink.output(.standardOutput, [0x6f, 0x6b, 0x0a])
            case .aborted: return await reset(in: .running)
            case .signalled(let outcome): return outcome
            }
        }
        switch await wait(script.running, commandRuns: true) {
        case .over: break
        case .aborted: return await reset(in: .running)
        case .signalled(let outcome): return outcome
        }
        switch script.ending {
        case .losesConnection: return script.outcome
        case .exits, .diesOfSignal: break
        }
        sink.emit(.closing)
        // A command that has ended cannot be signalled: only a reset ends its closing early.
        if case .aborted = await wait(script.closing, commandRuns: nil) { return script.outcome }
        return script.outcome
    }

    /// Ends the session early.
    private func reset(in phase: HostPhase) async -> HostOutcome {
        clock.forget(sleeper)
        await clock.sleep(clock.sleeper(), until: clock.now.advanced(by: script.resetting))
        return phase == .connecting
            ? .notReached(HostScript.loss) : .noStatus(HostScript.loss)
    }

    /// Waits so long, or until the session is told to end.
    ///
    /// - Parameters:
    ///   - duration: how long; `nil` is for ever.
    ///   - commandRuns: what a signal meets: a command (true), a connection that is being made
    ///     (false: it is given up), nothing any more (`nil`: it is ignored).
    /// - Returns: why the wait ended.
    private func wait(_ duration: Duration?, commandRuns: Bool? = false) async -> Wait {
        let end = clock.now.advanced(by: duration ?? .seconds(1_000_000_000))
        var ignoresSignal = commandRuns == nil
        while true {
            if Task.isCancelled || stop.level == .abort { return .aborted }
            if stop.level == .signal, !ignoresSignal {
                guard commandRuns == true else { return .aborted }
                switch script.onSignal {
                case .ignores: ignoresSignal = true
                case .dies(after: let time):
                    return await dies(after: time, with: .signalled(15))
                case .exits(let code, after: let time):
                    return await dies(after: time, with: .exited(code))
                }
            }
            if clock.now >= end { return .over }
            await clock.sleep(sleeper, until: end)
        }
    }

    private func dies(after time: Duration, with outcome: HostOutcome) async -> Wait {
        let end = clock.now.advanced(by: time)
        while clock.now < end {
            if Task.isCancelled || stop.level == .abort { return .aborted }
            await clock.sleep(sleeper, until: end)
        }
        return .signalled(outcome)
    }
}
