// SPDX-License-Identifier: Apache-2.0

import GRDB
import StateFiles

extension Journal {
    /// Records a run and its hosts, none of which has had its turn.
    ///
    /// - Parameters:
    ///   - request: what is recorded of it beforehand.
    ///   - limits: how much output is kept.
    ///   - whenFailed: told once why the journal can no longer be written.
    /// - Returns: what writes the run from now on.
    /// - Throws: when the run cannot be recorded.
    package func begin(
        _ request: RecordedRequest, limits: RecorderLimits = RecorderLimits(),
        whenFailed: @escaping @Sendable (JournalError) -> Void = { _ in }
    ) throws(JournalError) -> RunRecorder {
        var random = SystemRandomNumberGenerator()
        let id = RunName.random(using: &random)
        let number = try write { db in
            try db.execute(
                sql: """
                    INSERT INTO run (id, began, targets, transport, command, words, options,
                        reads_input, keeps_output, continues)
                    VALUES (?, (julianday('now') - 2440587.5) * 86400, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, request.hosts.count, request.transport,
                    request.command.joined(separator: " "), JSONWords.encoded(request.command),
                    JSONWords.encoded(request.options), request.readsInput,
                    limits.hostBytes > 0, request.continues,
                ])
            let number = db.lastInsertedRowID
            // Held before anybody can see the run, or it would be seen as interrupted.
            guard try runs.take(number) else {
                throw JournalError(.busy, "\(path): the run's number is held by another process")
            }
            try db.execute(
                sql: "INSERT INTO host (run, target, name) SELECT ?, key, value FROM json_each(?)",
                arguments: [number, JSONWords.encoded(request.hosts)])
            return number
        }
        return RunRecorder(
            journal: self, run: number, id: id, limits: limits, whenFailed: whenFailed)
    }
}
