// SPDX-License-Identifier: Apache-2.0

import RunJournal
import RunModel
import SeededRandom
import Testing

@Suite struct `A recorded run` {
    private let place: JournalPlace
    private let journal: Journal

    init() throws {
        place = try JournalPlace()
        journal = try place.open()
    }

    private static let life: [RunEvent] = {
        let note = ClosingNote(closedFirst: "remote", leftHere: "nothing", localPort: 1010)
        let outcomes: [HostOutcome] = [
            .exited(0), .exited(3), .signalled(9), .noStatus(HostFailure(.connectionLost, "gone")),
            .notReached(HostFailure(.connectionRefused, "n4: refused\u{1B}[31m")),
            .timedOut(.running), .cancelled(.connecting), .notStarted,
        ]
        var events: [RunEvent] = [.at(0, .began(targets: 8))]
        for host in 0..<7 { events.append(.at(1, .connecting(host: host))) }
        events.append(.at(2, .waiting(host: 1, reason: "no port is free")))
        for host in [0, 1, 2, 3, 5] { events.append(.at(3 + host, .running(host: host))) }
        events.append(.at(9, .output(host: 0, stream: .standardOutput, bytes: [0, 255, 10])))
        events.append(.at(9, .notice(host: 0, text: "a notice")))
        events.append(.at(10, .output(host: 1, stream: .standardError, bytes: Array("x".utf8))))
        events.append(.at(11, .output(host: 0, stream: .standardOutput, bytes: [1])))
        events.append(.at(11, .output(host: 2, stream: .standardOutput, bytes: [0, 255, 10, 1])))
        events.append(.at(12, .closing(host: 0)))
        let pending = PendingHost(host: 5, phase: .running, since: .milliseconds(8))
        events.append(.at(13, .interrupted(.status([pending]))))
        events.append(.at(14, .interrupted(.stopping(signal: 2))))
        events.append(.at(15, .interrupted(.aborting(signal: 15))))
        for (host, outcome) in outcomes.enumerated() {
            events.append(
                .at(20 + host, .ended(host: host, outcome: outcome, closing: host < 2 ? note : nil))
            )
        }
        let summary = RunSummary(
            outcomes: outcomes, stoppedBy: 2, duration: .nanoseconds(40_000_000))
        return events + [.at(40, .finished(summary))]
    }()

    @Test func `gives every event again, in its order and with its time`() async throws {
        try await place.record(Self.life, hosts: 8, in: journal)
        #expect(try place.replay(.last(0), in: journal) == Self.life.map { .event($0) })
        #expect(try journal.verify() == [])
    }

    @Test func `has its request, its totals and its hosts' lives`() async throws {
        try await place.record(Self.life, hosts: 8, in: journal)
        let run = try #require(try journal.run(.last(0)))
        #expect(run.command == ["echo", "a b"])
        #expect(run.options == ["-w", "n[0-9]"])
        #expect(run.life == .finished)
        #expect(run.stoppedBy == 2)
        #expect(run.targets == 8)
        #expect(
            Set(run.totals.values) == [1] && run.totals.count == RunSummary.Class.allCases.count)
        let hosts = try journal.hosts(of: run)
        #expect(hosts.map(\.name) == (0..<8).map { "n\($0)" })
        #expect(hosts[0].started == 0.001)
        #expect(hosts[0].running == 0.003)
        #expect(hosts[0].closing == 0.012)
        #expect(hosts[0].ended == 0.02)
        #expect(hosts[1].note?.localPort == 1010)
        #expect(
            hosts.map(\.state.execution) == [
                .known, .known, .known, .unknown, .never, .unknown, .unknown, .never,
            ])
    }

    @Test func `stores equal outputs once, whatever pieces they came in`() async throws {
        try await place.record(Self.life, hosts: 8, in: journal)
        let counts = try place.numbers("SELECT length FROM content ORDER BY length")
        #expect(counts == [1, 4])
    }

    @Test(arguments: 0..<20) func `is the same whatever is drawn`(seed: Int) async throws {
        var random = Seeded(seed: UInt64(seed))
        let events = Self.drawn(using: &random)
        try await place.record(events, hosts: 5, in: journal)
        #expect(try place.replay(.last(0), in: journal) == events.map { .event($0) })
        #expect(try journal.verify() == [])
    }

    /// Outputs of all sizes, interleaved among five hosts.
    private static func drawn(using random: inout Seeded) -> [RunEvent] {
        var events: [RunEvent] = [.at(0, .began(targets: 5))]
        for host in 0..<5 { events.append(.at(0, .connecting(host: host))) }
        var time = 0
        for _ in 0..<Int.random(in: 0..<60, using: &random) {
            time += Int.random(in: 0..<300, using: &random)
            let count = [1, 7, 4_096, 65_536, 200_000].randomElement(using: &random) ?? 1
            let bytes = [UInt8](
                repeating: UInt8.random(in: 0...1, using: &random), count: count)
            let stream: OutputStream =
                Bool.random(using: &random) ? .standardOutput : .standardError
            let host = Int.random(in: 0..<5, using: &random)
            events.append(.at(time, .output(host: host, stream: stream, bytes: bytes)))
        }
        for host in 0..<5 {
            events.append(.at(time, .ended(host: host, outcome: .exited(host), closing: nil)))
        }
        let summary = RunSummary(
            outcomes: (0..<5).map { .exited($0) }, duration: .milliseconds(time))
        return events + [.at(time, .finished(summary))]
    }

    @Test func `says what a limit has cut`() async throws {
        let events: [RunEvent] = [
            .at(0, .began(targets: 2)), .at(0, .connecting(host: 0)), .at(0, .connecting(host: 1)),
            .at(1, .output(host: 0, stream: .standardOutput, bytes: [1, 2, 3])),
            .at(1, .output(host: 0, stream: .standardError, bytes: [4, 5, 6])),
            .at(1, .output(host: 0, stream: .standardOutput, bytes: [7])),
            .at(1, .output(host: 1, stream: .standardOutput, bytes: [1, 2, 3])),
            .at(2, .ended(host: 0, outcome: .exited(0), closing: nil)),
            .at(2, .ended(host: 1, outcome: .exited(0), closing: nil)),
            .at(
                2,
                .finished(
                    RunSummary(outcomes: [.exited(0), .exited(0)], duration: .milliseconds(2)))),
        ]
        let recorder = try await place.record(
            events, hosts: 2, limits: RecorderLimits(hostBytes: 5, runBytes: 7), in: journal)
        #expect(recorder.cut.hosts == [0, 1])
        #expect(recorder.cut.bytes == 3)
        let run = try #require(try journal.run(.last(0)))
        #expect(try journal.hosts(of: run).map(\.cut) == [2, 1])
        let outputs = try place.replay(.last(0), in: journal)
            .compactMap { step -> [UInt8]? in
                guard case .event(let event) = step, case .output(_, _, let bytes) = event.kind
                else {
                    return nil
                }
                return bytes
            }
        #expect(outputs == [[1, 2, 3], [4, 5], [1, 2]])
    }
}
