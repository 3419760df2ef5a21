// SPDX-License-Identifier: Apache-2.0

import GRDB
import Glibc
import RunJournal
import RunModel
import Synchronization
import SystemPackage

/// A journal of one test.
struct JournalPlace {
    let directory: FilePath

    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/lastcall-journal-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw Errno(rawValue: errno)
        }
        directory = FilePath(String(cString: made))
    }

    var file: FilePath { directory.appending("journal.sqlite") }

    func open() throws -> Journal { try Journal(in: directory) }

    /// The numbers a query finds, as anybody else asks.
    func numbers(_ sql: String) throws -> [Int] {
        try DatabaseQueue(path: file.string).read { try Int.fetchAll($0, sql: sql) }
    }

    /// Changes the file behind the journal's back.
    func change(_ sql: String) throws {
        try DatabaseQueue(path: file.string).write { try $0.execute(sql: sql) }
    }

    /// Records events as a run on hosts `n0`, `n1`, ...; every host waits for its start.
    @discardableResult
    func record(
        _ events: [RunEvent], hosts: Int, limits: RecorderLimits = RecorderLimits(),
        in journal: Journal, continues: Int64? = nil
    ) async throws -> RunRecorder {
        let recorder = try journal.begin(
            RecordedRequest(
                hosts: (0..<hosts).map { "n\($0)" }, command: ["echo", "a b"],
                options: ["-w", "n[0-9]"], transport: "exec", continues: continues),
            limits: limits)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await recorder.serve(clock: ContinuousClock()) }
            for event in events {
                recorder.receive(event)
                if case .connecting(let host) = event.kind { _ = await recorder.mayStart(host) }
                if case .output = event.kind { await recorder.ready() }
            }
            await recorder.close()
        }
        return recorder
    }

    /// The last run once its process is gone.
    ///
    /// Children that other tests start hold a copy of its lock until they are another program.
    func lastRunOfTheDead(in journal: Journal) async throws -> RunRecord? {
        while let run = try journal.run(.last(0)) {
            guard run.life == .going else { return run }
            await Task.yield()
        }
        return nil
    }

    /// All steps of a run's replay.
    func replay(_ name: RunName, in journal: Journal) throws -> [Replay.Step] {
        guard let run = try journal.run(name) else { return [] }
        var replay = try Replay(run, in: journal)
        var steps: [Replay.Step] = []
        while let step = try replay.next() { steps.append(step) }
        return steps
    }
}

extension RunEvent {
    /// An event at a number of milliseconds.
    static func at(_ milliseconds: Int, _ kind: Kind) -> RunEvent {
        RunEvent(at: .milliseconds(milliseconds), kind)
    }
}

/// What a recorder said.
final class Said: Sendable {
    private let said = Mutex([JournalError]())

    var errors: [JournalError] { said.withLock { $0 } }

    func add(_ error: JournalError) { said.withLock { $0.append(error) } }
}
