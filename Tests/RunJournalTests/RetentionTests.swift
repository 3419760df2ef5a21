// SPDX-License-Identifier: Apache-2.0

import RunJournal
import RunModel
import Testing

@Suite struct `Old runs` {
    private let place: JournalPlace
    private let journal: Journal

    init() throws {
        place = try JournalPlace()
        journal = try place.open()
    }

    /// A finished run whose one host printed these bytes.
    private func record(_ bytes: [UInt8]) async throws {
        try await place.record(
            [
                .at(0, .began(targets: 1)), .at(0, .connecting(host: 0)),
                .at(1, .output(host: 0, stream: .standardOutput, bytes: bytes)),
                .at(1, .ended(host: 0, outcome: .exited(0), closing: nil)),
                .at(
                    1,
                    .finished(RunSummary(outcomes: [.exited(0)], duration: .milliseconds(1)))),
            ], hosts: 1, in: journal)
    }

    private func rows(_ table: String) throws -> Int {
        try place.numbers("SELECT count(*) FROM \(table)")[0]
    }

    @Test func `go by number, and outputs with the last run that has them`() async throws {
        try await record([1])
        try await record([2])
        try await record([1])
        #expect(try journal.prune(Retention(runs: 3)) == [])
        #expect(try journal.prune(Retention(runs: 2), dryRun: true).count == 1)
        #expect(try rows("run") == 3)
        #expect(try journal.prune(Retention(runs: 2)).count == 1)
        #expect(try rows("content") == 2)
        #expect(try journal.prune(Retention(runs: 1)).count == 1)
        #expect(try rows("content") == 1)
        #expect(try journal.verify() == [])
        #expect(try journal.prune(Retention(runs: 0)).count == 1)
        for table in ["run", "host", "content", "piece", "trace"] {
            #expect(try rows(table) == 0, "\(table)")
        }
    }

    @Test func `go by age`() async throws {
        try await record([1])
        try await record([2])
        try place.change("UPDATE run SET began = began - 86400 * 10 WHERE number = 1")
        #expect(try journal.prune(Retention(days: 11)) == [])
        #expect(try journal.prune(Retention(days: 9)).count == 1)
        #expect(try rows("run") == 1)
    }

    @Test func `go by size, but never the last`() async throws {
        for byte in 0..<4 { try await record([UInt8](repeating: UInt8(byte), count: 300_000)) }
        #expect(try journal.prune(Retention(bytes: 700_000)).count == 2)
        #expect(try journal.prune(Retention(bytes: 0)).count == 1)
        #expect(try rows("run") == 1)
        #expect(try journal.verify() == [])
    }

    @Test func `are found by command, host, date, outcome and name`() async throws {
        try await record([1])
        try await record([2])
        let runs = try journal.list(RunFilter())
        #expect(runs.count == 2)
        #expect(try journal.run(.last(1)) == runs[1])
        #expect(try journal.run(.last(2)) == nil)
        #expect(try journal.run(.prefix(runs[0].id)) == runs[0])
        func count(_ set: (inout RunFilter) -> Void) throws -> Int {
            var filter = RunFilter()
            set(&filter)
            return try journal.list(filter).count
        }
        #expect(try count { $0.command = "ECHO A" } == 2)
        #expect(try count { $0.command = "rm" } == 0)
        #expect(try count { $0.host = "n0" } == 2)
        #expect(try count { $0.host = "n1" } == 0)
        #expect(try count { $0.outcome = .ok } == 2)
        #expect(try count { $0.outcome = .timedOut } == 0)
        #expect(try count { $0.since = "2000-01-01" } == 2)
        #expect(try count { $0.until = "2000-01-01 12:00" } == 0)
        #expect(try count { $0.interruptedOnly = true } == 0)
        #expect(try count { $0.limit = 1 } == 1)
        #expect(throws: JournalError.self) { try count { $0.since = "yesterday-ish" } }
    }
}

@Suite struct `A name of a run` {
    @Test(arguments: [
        ("last", RunName.last(0)), ("last~0", .last(0)), ("last~12", .last(12)),
        ("9a8h", .prefix("9a8h")), ("9A8H", .prefix("9a8h")),
    ])
    func `is read`(text: String, name: RunName) { #expect(RunName(text) == name) }

    @Test(arguments: ["", "last~", "last~-1", "lost", "node1", "123456789", "a b"])
    func `is refused`(text: String) { #expect(RunName(text) == nil) }
}

@Suite struct `SHA-256` {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `is that of FIPS 180-4, whatever the pieces`(text: String, hex: String) {
        let bytes = Array(text.utf8)
        for size in 1...64 {
            var hash = SHA256()
            for start in stride(from: 0, to: bytes.count, by: size) {
                hash.update(bytes[start..<min(start + size, bytes.count)])
            }
            let digest = hash.digest()
                .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            #expect(digest.joined() == hex)
        }
    }
}
