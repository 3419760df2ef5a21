// SPDX-License-Identifier: Apache-2.0

import HostSets
import RunEngine
import RunModel
import ShellContract
import Simulation
import Synchronization
import Testing

/// Single facts about the engine, each in a world made for it.
@Suite struct EngineTests {
    private let clock = VirtualClock()
    private let host: Host

    init() throws { host = Host(name: try HostName("host")) }

    private func request(
        targets: Int, fanout: Int = 2, connectTimeout: Duration? = nil,
        commandTimeout: Duration? = nil
    ) -> RunRequest {
        RunRequest(
            hosts: Array(repeating: host, count: targets), command: ["uname", "-a"],
            defaultUser: "operator",
            limits: RunLimits(
                fanout: fanout, connectTimeout: connectTimeout, commandTimeout: commandTimeout,
                stopGrace: .seconds(5)))
    }

    /// Runs on one thread in virtual time; signals arrive at whole seconds.
    private func run(
        _ request: RunRequest, shell: ScriptlessShell, events: RecordedEvents,
        signals: [(second: Int, Int32)] = [],
        behind: @escaping @Sendable () -> Duration = { .zero }
    ) async throws -> RunSummary {
        let executor = SimulationExecutor(clock: clock)
        let engine = Engine(shell: shell, clock: clock, events: events, behind: behind)
        let summary = try await executor.run { [clock] () -> RunSummary? in
            let (interruptions, sender) = AsyncStream<Int32>.makeStream()
            return await withTaskGroup(of: RunSummary?.self) { group in
                group.addTask { await engine.run(request, interruptions: interruptions) }
                group.addTask {
                    for (second, signal) in signals {
                        try? await clock.sleep(
                            until: VirtualClock.Instant(offset: .seconds(second)))
                        sender.yield(signal)
                    }
                    return nil
                }
                var summary: RunSummary?
                for await value in group { summary = summary ?? value }
                return summary
            }
        }
        #expect(executor.foreignJobs == 0)
        return try #require(summary)
    }

    @Test func `a session is asked for what the request says`() async throws {
        let seen = Mutex<[SessionRequest]>([])
        let shell = ScriptlessShell { session, _, _ in
            seen.withLock { $0.append(session) }
            return SessionEnd(.exited(0))
        }
        _ = try await run(
            request(targets: 3, connectTimeout: .seconds(7)), shell: shell,
            events: RecordedEvents())
        let sessions = seen.withLock(\.self)
        #expect(sessions.map(\.index) == [0, 1, 2])
        #expect(sessions.allSatisfy { $0.command == ["uname", "-a"] })
        #expect(sessions.allSatisfy { $0.defaultUser == "operator" })
        #expect(sessions.allSatisfy { $0.connectTimeout == .seconds(7) })
    }

    @Test func `what a session sees is told in its order, with its time`() async throws {
        let note = ClosingNote(closedFirst: "remote", leftHere: "nothing", localPort: 1_023)
        let shell = ScriptlessShell { [clock] _, _, sink in
            sink.emit(.waiting(reason: "no port"))
            try? await clock.sleep(for: .seconds(1))
            sink.emit(.running)
            await sink.output(.standardError, [1, 2])
            sink.emit(.notice("odd"))
            try? await clock.sleep(for: .seconds(1))
            sink.emit(.closing)
            return SessionEnd(.exited(3), closing: note)
        }
        let events = RecordedEvents()
        let summary = try await run(request(targets: 1), shell: shell, events: events)
        #expect(
            events.all == [
                RunEvent(at: .zero, .began(targets: 1)),
                RunEvent(at: .zero, .connecting(host: 0)),
                RunEvent(at: .zero, .waiting(host: 0, reason: "no port")),
                RunEvent(at: .seconds(1), .running(host: 0)),
                RunEvent(at: .seconds(1), .output(host: 0, stream: .standardError, bytes: [1, 2])),
                RunEvent(at: .seconds(1), .notice(host: 0, text: "odd")),
                RunEvent(at: .seconds(2), .closing(host: 0)),
                RunEvent(at: .seconds(2), .ended(host: 0, outcome: .exited(3), closing: note)),
                RunEvent(at: .seconds(2), .finished(summary)),
            ])
    }

    @Test func `a host that never answers is reset at the connect deadline`() async throws {
        let shell = ScriptlessShell { _, stop, _ in
            #expect(await stop.raised() == .abort)
            return SessionEnd(.notReached(HostFailure(.connectionLost, "reset")))
        }
        let summary = try await run(
            request(targets: 1, connectTimeout: .seconds(10)), shell: shell,
            events: RecordedEvents())
        #expect(summary.outcomes == [.timedOut(.connecting)])
        #expect(summary.duration == .seconds(10))
    }

    @Test(arguments: [
        (behind: 0, ends: 10, .timedOut(.connecting)), (7, 17, .timedOut(.connecting)),
        (9, 18, HostOutcome.exited(0)), (1000, 18, .exited(0)),
    ])
    func `a host has the time that this process was behind while it connected`(
        behind: Int, ends: Int, outcome: HostOutcome
    ) async throws {
        let shell = ScriptlessShell { [clock] _, stop, _ in
            await withTaskGroup(of: SessionEnd.self) { group in
                group.addTask {
                    _ = await stop.raised()
                    return SessionEnd(.notReached(HostFailure(.noAnswer, "stopped")))
                }
                group.addTask {
                    try? await clock.sleep(until: VirtualClock.Instant(offset: .seconds(18)))
                    return SessionEnd(.exited(0))
                }
                defer { group.cancelAll() }
                return await group.next() ?? SessionEnd(.exited(1))
            }
        }
        let summary = try await run(
            request(targets: 1, connectTimeout: .seconds(10)), shell: shell,
            events: RecordedEvents(),
            behind: { [clock] in min(clock.now.offset, .seconds(behind)) })
        #expect(summary.outcomes == [outcome])
        #expect(summary.duration == .seconds(ends))
    }

    @Test func `a silent host ends, however far behind this process is`() async throws {
        let shell = ScriptlessShell { _, stop, _ in
            _ = await stop.raised()
            return SessionEnd(.notReached(HostFailure(.noAnswer, "stopped")))
        }
        let summary = try await run(
            request(targets: 1, connectTimeout: .seconds(10)), shell: shell,
            events: RecordedEvents(), behind: { [clock] in clock.now.offset * 100 })
        #expect(summary.outcomes == [.timedOut(.connecting)])
        #expect(summary.duration == .seconds(40))
    }

    @Test func `a command that never ends is signalled at its deadline and reset after the grace`()
        async throws
    {
        let levels = Mutex<[SessionStop.Level]>([])
        let shell = ScriptlessShell { _, stop, sink in
            sink.emit(.running)
            let first = await stop.raised()
            levels.withLock { $0.append(first) }
            let second = await stop.raised(above: first)
            levels.withLock { $0.append(second) }
            return SessionEnd(.noStatus(HostFailure(.connectionLost, "reset")))
        }
        let summary = try await run(
            request(targets: 1, commandTimeout: .seconds(60)), shell: shell,
            events: RecordedEvents())
        #expect(levels.withLock(\.self) == [.signal, .abort])
        #expect(summary.outcomes == [.timedOut(.running)])
        #expect(summary.duration == .seconds(65))
    }

    @Test func `a run of many deadlines sleeps few sleeps`() async throws {
        let most = Mutex(0)
        let shell = ScriptlessShell { [clock] session, stop, sink in
            if session.index.isMultiple(of: 2) { sink.emit(.running) }
            most.withLock { $0 = max($0, clock.sleeperCount) }
            _ = await stop.raised()
            return SessionEnd(.exited(0))
        }
        let summary = try await run(
            request(
                targets: 2_000, fanout: 1_000, connectTimeout: .seconds(10),
                commandTimeout: .seconds(60)), shell: shell, events: RecordedEvents())
        #expect(summary.totals[.timedOut] == 1_000)
        #expect(most.withLock(\.self) <= 3)
    }

    @Test func `sessions wait while the readers of their output are behind`() async throws {
        let events = RecordedEvents { [clock] in try? await clock.sleep(for: .seconds(3)) }
        let shell = ScriptlessShell { _, _, sink in
            sink.emit(.running)
            await sink.output(.standardOutput, [1])
            await sink.output(.standardOutput, [2])
            return SessionEnd(.exited(0))
        }
        let summary = try await run(request(targets: 1), shell: shell, events: events)
        #expect(summary.duration == .seconds(6))
    }

    @Test func `the third interrupt ends a run whose readers never read`() async throws {
        let events = RecordedEvents { [clock] in
            try? await clock.sleep(for: .seconds(1_000_000))
        }
        let shell = ScriptlessShell { _, _, sink in
            sink.emit(.running)
            await sink.output(.standardOutput, [1])
            return SessionEnd(.noStatus(HostFailure(.connectionLost, "reset")))
        }
        let summary = try await run(
            request(targets: 5), shell: shell, events: events,
            signals: [(1, 2), (2, 2), (3, 2)])
        #expect(summary.duration == .seconds(3))
        #expect(summary.stoppedBy == 2)
        #expect(summary.totals == [.cancelled: 2, .notStarted: 3])
    }

    @Test func `a run whose task was cancelled before contacts nobody`() async throws {
        let events = RecordedEvents()
        let shell = ScriptlessShell { _, _, _ in
            Issue.record("a host was contacted")
            return SessionEnd(.exited(0))
        }
        let engine = Engine(shell: shell, clock: clock, events: events)
        let request = request(targets: 3)
        let summary = try await SimulationExecutor(clock: clock)
            .run {
                await withTaskGroup(of: RunSummary.self) { group in
                    group.cancelAll()
                    group.addTask {
                        await engine.run(request, interruptions: AsyncStream { $0.finish() })
                    }
                    return await group.next()
                }
            }
        #expect(summary?.outcomes == [.notStarted, .notStarted, .notStarted])
        #expect(events.all.count == 5)
    }
}

/// A shell that does what a test says.
private struct ScriptlessShell: RemoteShell {
    let body: @Sendable (SessionRequest, SessionStop, any SessionSink) async -> SessionEnd

    init(
        _ body:
            @escaping @Sendable (SessionRequest, SessionStop, any SessionSink) async ->
            SessionEnd
    ) {
        self.body = body
    }

    func run(
        _ session: SessionRequest, stop: SessionStop, sink: some SessionSink
    ) async -> SessionEnd {
        await body(session, stop, sink)
    }
}

/// Keeps all events; its readers take as long as a test says.
private final class RecordedEvents: RunEventSink {
    private let events = Mutex<[RunEvent]>([])
    private let reading: @Sendable () async -> Void

    init(reading: @escaping @Sendable () async -> Void = {}) { self.reading = reading }

    var all: [RunEvent] { events.withLock(\.self) }

    func receive(_ event: RunEvent) { events.withLock { $0.append(event) } }

    func ready() async { await reading() }
}

extension SessionStop {
    /// Waits until the level is above another.
    fileprivate func raised(above lower: Level = .none) async -> Level {
        let (levels, sender) = AsyncStream<Level>.makeStream()
        whenRaised { sender.yield($0) }
        for await level in levels where level > lower { return level }
        return .abort
    }
}
