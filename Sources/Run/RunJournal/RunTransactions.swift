// SPDX-License-Identifier: Apache-2.0

import GRDB
import RunModel

/// The statements that write a run, batch by batch.
struct RunTransactions: Sendable {
    private let run: Int64
    private var outputs: OutputStore
    private var part = 0

    init(run: Int64) {
        self.run = run
        outputs = OutputStore(run: run)
    }

    /// Writes one batch; the transaction is the caller's.
    ///
    /// After an error nothing more may be written: what this value knows is no longer what the
    /// journal holds.
    mutating func write(_ batch: RecorderBatch, in db: Database) throws {
        for moment in batch.moments { try write(moment, in: db) }
        for output in batch.outputs {
            try outputs.append(output.bytes, of: output.source, in: db)
        }
        for end in batch.ends { try write(end, in: db) }
        if !batch.trace.isEmpty {
            try db.cachedStatement(sql: "INSERT INTO trace (run, part, bytes) VALUES (?, ?, ?)")
                .execute(arguments: [run, part, batch.trace.blob])
            part += 1
        }
        if let summary = batch.summary { try write(summary, in: db) }
    }

    private func write(_ moment: RecorderBatch.Moment, in db: Database) throws {
        let time = moment.time / .seconds(1)
        let sql: String
        switch moment.phase {
        case .connecting:
            sql = "UPDATE host SET state = 'started', started = ? WHERE run = ? AND target = ?"
        case .running:
            sql = "UPDATE host SET state = 'running', running = ? WHERE run = ? AND target = ?"
        case .closing:
            sql = "UPDATE host SET state = 'closing', closing = ? WHERE run = ? AND target = ?"
        case .pending, .ended: return
        }
        try db.cachedStatement(sql: sql).execute(arguments: [time, run, moment.host])
    }

    private mutating func write(_ end: RecorderBatch.End, in db: Database) throws {
        var contents: [OutputStream: Int64] = [:]
        for stream in OutputStream.allCases {
            contents[stream] = try outputs.finish(
                end.rest[stream] ?? [],
                of: OutputStore.Source(host: end.host, stream: stream), in: db)
        }
        let columns = HostColumns(end.outcome)
        try db.cachedStatement(
            sql: """
                UPDATE host SET state = ?, running = coalesce(?, running),
                    closing = coalesce(?, closing), ended = ?, code = ?, signal = ?, failure = ?,
                    message = ?, phase = ?, closed_first = ?, left_here = ?, local_port = ?,
                    stdout = ?, stderr = ?, cut = ?
                WHERE run = ? AND target = ?
                """
        )
        .execute(arguments: [
            columns.state, end.running.map { $0 / .seconds(1) },
            end.closing.map { $0 / .seconds(1) }, end.time / .seconds(1), columns.code,
            columns.signal, columns.failure,
            columns.message, columns.phase, end.note?.closedFirst, end.note?.leftHere,
            end.note?.localPort, contents[.standardOutput], contents[.standardError], end.cut, run,
            end.host,
        ])
    }

    private func write(_ summary: RunSummary, in db: Database) throws {
        let totals = summary.totals
        let count = { (summaryClass: RunSummary.Class) in totals[summaryClass] ?? 0 }
        try db.execute(
            sql: """
                UPDATE run SET duration = ?, stopped_by = ?, ok = ?, failed = ?, signalled = ?,
                    no_status = ?, not_reached = ?, timed_out = ?, cancelled = ?, not_started = ?
                WHERE number = ?
                """,
            arguments: [
                summary.duration / .seconds(1), summary.stoppedBy, count(.ok), count(.failed),
                count(.signalled), count(.noStatus), count(.notReached), count(.timedOut),
                count(.cancelled), count(.notStarted), run,
            ])
    }
}
