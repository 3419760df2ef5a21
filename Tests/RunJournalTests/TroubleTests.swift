// SPDX-License-Identifier: Apache-2.0

import RunJournal
import RunModel
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `A journal in trouble` {
    private let place: JournalPlace

    init() throws { place = try JournalPlace() }

    private func kind(_ body: () throws -> Void) -> JournalError.Kind? {
        do {
            try body()
            return nil
        } catch {
            return (error as? JournalError)?.kind
        }
    }

    @Test func `is refused when a later version has written it, and left alone`() throws {
        _ = try place.open()
        try place.change("INSERT INTO grdb_migrations VALUES ('99 of the future')")
        #expect(kind { _ = try place.open() } == .newer)
        #expect(try place.numbers("SELECT count(*) FROM grdb_migrations") == [2])
    }

    @Test func `is refused when it is something else`() throws {
        let file = try FileDescriptor.open(
            place.file, .writeOnly, options: .create, permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll([UInt8](repeating: 0x2A, count: 8_192)) }
        #expect(kind { _ = try place.open() } == .corrupt)
    }

    @Test func `is refused where its directory cannot be`() throws {
        let file = place.directory.appending("plain")
        try FileDescriptor.open(
            file, .writeOnly, options: .create, permissions: .ownerReadWrite
        )
        .close()
        #expect(kind { _ = try Journal(in: file.appending("lastcall")) } == .notAccessible)
    }

    @Test func `without room grants no further start, and keeps what was true`() async throws {
        let said = Said()
        do {
            let journal = try place.open()
            let recorder = try journal.begin(
                RecordedRequest(
                    hosts: ["a", "b", "c"], command: ["c"], options: [], transport: "exec"),
                whenFailed: { said.add($0) })
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await recorder.serve(clock: ContinuousClock()) }
                recorder.receive(.at(0, .began(targets: 3)))
                recorder.receive(.at(1, .connecting(host: 0)))
                #expect(await recorder.mayStart(0))
                journal.limitPages(to: 1)
                let noise = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435 >> 7) }
                recorder.receive(
                    .at(2, .output(host: 0, stream: .standardOutput, bytes: noise)))
                recorder.receive(.at(3, .ended(host: 0, outcome: .exited(0), closing: nil)))
                recorder.receive(.at(3, .connecting(host: 1)))
                #expect(await !recorder.mayStart(1))
                #expect(await !recorder.mayStart(2))
                await recorder.settled()
                await recorder.ready()
                await recorder.close()
            }
            #expect(recorder.failure?.kind == .full)
        }
        #expect(said.errors.map(\.kind) == [.full])
        let journal = try place.open()
        let run = try #require(try await place.lastRunOfTheDead(in: journal))
        #expect(run.life == .interrupted)
        #expect(
            try journal.hosts(of: run).map(\.state) == [.open(.connecting), .pending, .pending])
        #expect(try journal.verify() == [])
    }

    @Test func `of a reader is never in the way of two writers`() async throws {
        let places = place
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let events: [RunEvent] =
                        [.at(0, .began(targets: 50))]
                        + (0..<50)
                        .flatMap { host -> [RunEvent] in
                            [
                                .at(host, .connecting(host: host)),
                                .at(
                                    host,
                                    .output(host: host, stream: .standardOutput, bytes: [7])),
                                .at(host, .ended(host: host, outcome: .exited(0), closing: nil)),
                            ]
                        }
                    try await places.record(events, hosts: 50, in: try places.open())
                }
            }
            try await group.waitForAll()
        }
        let journal = try place.open()
        #expect(try journal.list(RunFilter()).map { $0.totals[.ok] } == [50, 50, 50, 50])
        #expect(try journal.verify() == [])
    }
}
