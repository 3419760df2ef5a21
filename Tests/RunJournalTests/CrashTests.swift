// SPDX-License-Identifier: Apache-2.0

import RunJournal
import RunModel
import Testing

/// A recorder that is dropped is a process that was killed: what was committed is all there is.
@Suite(.timeLimit(.minutes(1)))
struct `A run that was killed` {
    /// What happened before.
    private static let steps: [RunEvent] = [
        .at(0, .began(targets: 3)),
        .at(1, .connecting(host: 0)),
        .at(2, .running(host: 0)),
        .at(3, .output(host: 0, stream: .standardOutput, bytes: Array("out".utf8))),
        .at(4, .closing(host: 0)),
        .at(5, .ended(host: 0, outcome: .exited(0), closing: nil)),
        .at(6, .connecting(host: 1)),
        .at(7, .ended(host: 1, outcome: .notReached(HostFailure(.noAnswer, "")), closing: nil)),
        .at(8, .connecting(host: 2)),
        .at(9, .ended(host: 2, outcome: .exited(1), closing: nil)),
        .at(
            10,
            .finished(
                RunSummary(
                    outcomes: [
                        .exited(0), .notReached(HostFailure(.noAnswer, "")), .exited(1),
                    ], duration: .milliseconds(10)))),
    ]

    private static let none = HostStanding.pending
    private static let unreached = HostStanding.ended(.notReached(HostFailure(.noAnswer, "")))

    @Test(
        arguments: [
            (0, [none, none, none]),
            (1, [none, none, none]),
            (2, [.open(.connecting), none, none]),
            (3, [.open(.running), none, none]),
            (4, [.open(.running), none, none]),
            (5, [.open(.closing), none, none]),
            (6, [.ended(.exited(0)), none, none]),
            (7, [.ended(.exited(0)), .open(.connecting), none]),
            (8, [.ended(.exited(0)), unreached, none]),
            (9, [.ended(.exited(0)), unreached, .open(.connecting)]),
            (10, [.ended(.exited(0)), unreached, .ended(.exited(1))]),
            (11, [.ended(.exited(0)), unreached, .ended(.exited(1))]),
        ] as [(Int, [HostStanding])])
    func `after so many steps is known to be there`(
        count: Int, standings: [HostStanding]
    ) async throws {
        let place = try JournalPlace()
        do {
            let journal = try place.open()
            try await place.record(Array(Self.steps.prefix(count)), hosts: 3, in: journal)
        }
        let journal = try place.open()
        let run = try #require(try await place.lastRunOfTheDead(in: journal))
        #expect(run.life == (count == 11 ? .finished : .interrupted))
        #expect(try journal.hosts(of: run).map(\.state) == standings)
        #expect(try journal.verify() == [])
        let sum = run.totals.values.reduce(0, +) + run.open + run.pending
        #expect(sum == run.targets)
    }

    @Test func `is going on while its process lives`() async throws {
        let place = try JournalPlace()
        let journal = try place.open()
        try await place.record(Array(Self.steps.prefix(3)), hosts: 3, in: journal)
        let observer = try place.open()
        #expect(try observer.run(.last(0))?.life == .going)
        #expect(try observer.prune(Retention(runs: 0)) == [])
    }

    @Test func `shows what its hosts' rows hold beyond its trace`() async throws {
        let place = try JournalPlace()
        do {
            let journal = try place.open()
            let recorder = try journal.begin(
                RecordedRequest(hosts: ["n0"], command: ["c"], options: [], transport: "exec"))
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await recorder.serve(clock: ContinuousClock()) }
                for event in Self.steps.prefix(6) { recorder.receive(event) }
                // Commits starts and ends, and not yet the trace.
                _ = await recorder.mayStart(0)
                group.cancelAll()
                await recorder.close()
            }
        }
        let journal = try place.open()
        _ = try await place.lastRunOfTheDead(in: journal)
        let outputs = try place.replay(.last(0), in: journal)
            .compactMap { step in
                if case .event(let event) = step, case .output(_, _, let bytes) = event.kind {
                    return bytes
                }
                return nil
            }
        #expect(outputs == [Array("out".utf8)])
    }

    @Test func `counts what later runs did with its hosts`() async throws {
        let place = try JournalPlace()
        let journal = try place.open()
        try await place.record(Array(Self.steps.prefix(3)), hosts: 3, in: journal)
        let first = try #require(try journal.run(.last(0)))
        let later: [RunEvent] = [
            .at(0, .began(targets: 3)), .at(0, .connecting(host: 1)), .at(0, .connecting(host: 2)),
            .at(1, .ended(host: 2, outcome: .exited(0), closing: nil)),
        ]
        try await place.record(later, hosts: 3, in: journal, continues: first.number)
        #expect(
            try journal.laterExecutions(than: first)
                == ["n0": .never, "n1": .unknown, "n2": .known])
    }
}
