// SPDX-License-Identifier: Apache-2.0

import GRDB
import StateFiles

/// Which runs the journal keeps; the latest ones, as far as each limit lets them.
package struct Retention: Hashable, Sendable {
    /// How many runs.
    package var runs: Int?
    /// How old they may be, in days.
    package var days: Double?
    /// How large the journal's file may be, in bytes.
    package var bytes: Int?

    package init(runs: Int? = nil, days: Double? = nil, bytes: Int? = nil) {
        self.runs = runs
        self.days = days
        self.bytes = bytes
    }

    /// What is kept where nobody says otherwise.
    package static let standard = Retention(runs: 1_000, days: 400, bytes: 2 << 30)
}

extension Journal {
    /// Removes runs that need not be kept, never one that goes on, each in its own transaction so
    /// that other processes wait for little.
    ///
    /// - Returns: the ids of the runs removed, the oldest first.
    package func prune(
        _ retention: Retention, dryRun: Bool = false
    ) throws(JournalError) -> [String] {
        var removed: [String] = []
        for (number, id) in try candidates(retention) where try isGoing(number) == false {
            if !dryRun { try remove(number) }
            removed.append(id)
        }
        guard !dryRun else { return removed }
        if let bytes = retention.bytes {
            while try size() > bytes, let (number, id) = try oldest() {
                try remove(number)
                removed.append(id)
            }
        }
        if !removed.isEmpty { try giveBack() }
        return removed
    }

    private func candidates(_ retention: Retention) throws(JournalError) -> [(Int64, String)] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT number, id FROM run
                    WHERE number <= (SELECT number FROM run ORDER BY number DESC LIMIT 1 OFFSET ?)
                        OR began < (julianday('now') - 2440587.5 - ?) * 86400
                    ORDER BY number
                    """, arguments: [retention.runs ?? Int.max >> 1, retention.days ?? 1e6]
            )
            .map { ($0["number"], $0["id"]) }
        }
    }

    /// The oldest run but the last one, unless it goes on.
    private func oldest() throws(JournalError) -> (Int64, String)? {
        let runs = try read { db in
            try Row.fetchAll(db, sql: "SELECT number, id FROM run ORDER BY number LIMIT 2")
                .map { (number: $0["number"] as Int64, id: $0["id"] as String) }
        }
        guard runs.count == 2, try isGoing(runs[0].number) == false else { return nil }
        return runs[0]
    }

    /// Bytes in use; pages that are free do not count.
    private func size() throws(JournalError) -> Int {
        try read { db in
            let page = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
            return page * (pages - free)
        }
    }

    private func isGoing(_ number: Int64) throws(JournalError) -> Bool {
        do {
            return try runs.isTakenByOthers(number)
        } catch {
            throw JournalError(.other, "\(path): its locks: \(error)")
        }
    }

    private func remove(_ number: Int64) throws(JournalError) {
        try write { db in
            let contents = try Set(
                Int64.fetchAll(
                    db,
                    sql: """
                        SELECT stdout FROM host WHERE run = :run AND stdout IS NOT NULL
                        UNION SELECT stderr FROM host WHERE run = :run AND stderr IS NOT NULL
                        """, arguments: ["run": number]))
            try db.execute(sql: "DELETE FROM run WHERE number = ?", arguments: [number])
            for content in contents {
                try db.cachedStatement(
                    sql: """
                        DELETE FROM content WHERE number = :content
                            AND NOT EXISTS (SELECT 1 FROM host WHERE stdout = :content)
                            AND NOT EXISTS (SELECT 1 FROM host WHERE stderr = :content)
                        """
                )
                .execute(arguments: ["content": content])
            }
        }
    }

    private func giveBack() throws(JournalError) {
        do {
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA incremental_vacuum")
            }
        } catch {
            throw JournalError(error, in: path)
        }
    }
}
