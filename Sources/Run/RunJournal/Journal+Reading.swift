// SPDX-License-Identifier: Apache-2.0

import GRDB
package import RunModel
import StateFiles

/// Which runs to list.
package struct RunFilter: Hashable, Sendable {
    /// Part of the command, letters of either case.
    package var command: String?
    /// A host of the run, by its name.
    package var host: String?
    /// Began at or after this date (`2026-03-01`, with or without a time), local.
    package var since: String?
    /// Began before the end of this date, or before this time, local.
    package var until: String?
    /// At least one host ended so.
    package var outcome: RunSummary.Class?
    /// Runs whose process died before their end.
    package var interruptedOnly = false
    /// How many to list at most, the latest.
    package var limit: Int

    package init(limit: Int = 20) { self.limit = limit }
}

extension Journal {
    /// The runs that a filter lets through, the latest first.
    package func list(_ filter: RunFilter) throws(JournalError) -> [RunRecord] {
        try read { db in
            var conditions: [String] = []
            var arguments: [(any DatabaseValueConvertible)?] = []
            func add(_ condition: String, _ values: (any DatabaseValueConvertible)?...) {
                conditions.append(condition)
                arguments += values
            }
            if let command = filter.command { add("instr(lower(command), lower(?))", command) }
            if let host = filter.host {
                add("number IN (SELECT run FROM host WHERE name = ?)", host)
            }
            if let since = filter.since {
                try Self.check(since, in: db)
                add("began >= strftime('%s', ?, 'utc')", since)
            }
            if let until = filter.until {
                try Self.check(until, in: db)
                let end = until.contains(":") ? "+0 days" : "+1 day"
                add("began < strftime('%s', ?, ?, 'utc')", until, end)
            }
            if let outcome = filter.outcome {
                let column = outcome.rawValue.replacing("-", with: "_")
                add(
                    """
                    CASE WHEN duration IS NOT NULL THEN \(column) > 0
                    ELSE number IN (SELECT run FROM host WHERE run = number AND state = ?) END
                    """, outcome.rawValue)
            }
            if filter.interruptedOnly { conditions.append("duration IS NULL") }
            let condition = conditions.isEmpty ? "1" : conditions.joined(separator: " AND ")
            let rows = try Row.fetchCursor(
                db, sql: "\(Self.columns) WHERE \(condition) ORDER BY number DESC",
                arguments: StatementArguments(arguments))
            var runs: [RunRecord] = []
            while runs.count < filter.limit, let row = try rows.next() {
                let run = try record(of: row, in: db)
                if filter.interruptedOnly, run.life != .interrupted { continue }
                runs.append(run)
            }
            return runs
        }
    }

    /// The run a name means.
    ///
    /// - Returns: `nil` when there is none.
    /// - Throws: `JournalError` when the beginning of an id is that of several.
    package func run(_ name: RunName) throws(JournalError) -> RunRecord? {
        try read { db in
            switch name {
            case .last(let count):
                return
                    try Row.fetchOne(
                        db, sql: "\(Self.columns) ORDER BY number DESC LIMIT 1 OFFSET ?",
                        arguments: [count]
                    )
                    .map { try record(of: $0, in: db) }
            case .prefix(let prefix):
                // The character after 'z', so that the index on ids serves.
                let rows = try Row.fetchAll(
                    db, sql: "\(Self.columns) WHERE id >= ? AND id < ? LIMIT 2",
                    arguments: [prefix, prefix + "{"])
                guard rows.count < 2 else {
                    throw JournalError(
                        .other, "\(prefix): the beginning of more than one run's id")
                }
                return try rows.first.map { try record(of: $0, in: db) }
            }
        }
    }

    /// The hosts of a run, in the order of their turns; only those in some states if these are given.
    package func hosts(
        of run: RunRecord, in states: Set<String>? = nil
    ) throws(JournalError) -> [HostRecord] {
        try read { db in
            var condition = "run = ?"
            var arguments: [any DatabaseValueConvertible] = [run.number]
            if let states {
                condition += " AND state IN (SELECT value FROM json_each(?))"
                arguments.append(JSONWords.encoded(states.sorted()))
            }
            return
                try Row.fetchAll(
                    db,
                    sql: "SELECT \(HostColumns.list) FROM host WHERE \(condition) ORDER BY target",
                    arguments: StatementArguments(arguments)
                )
                .map(HostColumns.host)
        }
    }

    /// The host of a run with a name; `nil` when it has none.
    package func host(_ name: String, of run: RunRecord) throws(JournalError) -> HostRecord? {
        try read { db in
            try Row.fetchOne(
                db, sql: "SELECT \(HostColumns.list) FROM host WHERE name = ? AND run = ?",
                arguments: [name, run.number]
            )
            .map(HostColumns.host)
        }
    }

    /// What is known of hosts by name from runs that went on with a run, directly or not.
    package func laterExecutions(
        than run: RunRecord
    ) throws(JournalError) -> [String: HostStanding.Execution] {
        try read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    WITH RECURSIVE later(number) AS (
                        SELECT number FROM run WHERE continues = ?
                        UNION SELECT run.number FROM run JOIN later ON run.continues = later.number)
                    SELECT \(HostColumns.list) FROM host JOIN later ON host.run = later.number
                    """, arguments: [run.number])
            var executions: [String: HostStanding.Execution] = [:]
            while let row = try rows.next() {
                let standing = try HostColumns.standing(of: row)
                let name: String = row[1]
                executions[name] = max(executions[name] ?? .never, standing.execution)
            }
            return executions
        }
    }

    private static let columns = """
        SELECT *, strftime('%Y-%m-%d %H:%M:%S', began, 'unixepoch', 'localtime') AS began_text
        FROM run
        """

    private static func check(_ date: String, in db: Database) throws {
        let value = try Int.fetchOne(
            db, sql: "SELECT CAST(strftime('%s', ?) AS INTEGER)", arguments: [date])
        guard value != nil else {
            throw JournalError(
                .other, "'\(date)' is no date: 2026-03-01, or '2026-03-01 12:30'")
        }
    }

    private func record(of row: Row, in db: Database) throws -> RunRecord {
        let number: Int64 = row["number"]
        let isFinished = (row["duration"] as Double?) != nil
        var totals: [RunSummary.Class: Int] = [:]
        // The totals of a run that has not ended are in the rows of its hosts.
        let tally =
            isFinished
            ? nil
            : try Row.fetchOne(db, sql: "SELECT * FROM tally WHERE run = ?", arguments: [number])
        for summaryClass in RunSummary.Class.allCases {
            let column = summaryClass.rawValue.replacing("-", with: "_")
            let count: Int = (tally ?? row)[column] ?? 0
            if count > 0 { totals[summaryClass] = count }
        }
        return RunRecord(
            number: number, id: row["id"], began: row["began_text"],
            life: isFinished
                ? .finished : try runs.isTakenByOthers(number) ? .going : .interrupted,
            duration: row["duration"], stoppedBy: row["stopped_by"], targets: row["targets"],
            transport: row["transport"],
            command: try JSONWords.decoded(row["words"], in: db),
            options: try JSONWords.decoded(row["options"], in: db), readsInput: row["reads_input"],
            keepsOutput: row["keeps_output"], continues: row["continues"], totals: totals,
            open: tally?["unknown"] ?? 0, pending: tally?["pending"] ?? 0)
    }
}
