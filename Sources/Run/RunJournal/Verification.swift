// SPDX-License-Identifier: Apache-2.0

import GRDB

extension Journal {
    /// Checks what must hold in the journal at every moment.
    ///
    /// - Parameter hashes: whether outputs are read and their digests compared.
    /// - Returns: what does not hold, one line each; empty when all is well.
    /// - Throws: when the journal cannot be read at all.
    package func verify(hashes: Bool = true) throws(JournalError) -> [String] {
        var faults = try read { db in
            var faults = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)")
                .filter { $0 != "ok" }
            for (sql, fault) in Self.invariants {
                for row in try Row.fetchAll(db, sql: sql) {
                    let what: String = row["what"]
                    faults.append("\(what): \(fault)")
                }
            }
            return faults
        }
        if hashes { faults += try wrongDigests() }
        return faults
    }

    /// Queries that find nothing, and what it means when they do.
    private static let invariants = [
        (
            """
            SELECT id AS what FROM run WHERE targets <>
                (SELECT count(*) FROM host WHERE run = number)
            """, "its hosts are not as many as its targets"
        ),
        (
            """
            SELECT id AS what FROM run JOIN tally ON run = number WHERE run.targets <> tally.ok
                + tally.failed + tally.signalled + tally.no_status + tally.not_reached
                + tally.timed_out + tally.cancelled + tally.not_started + pending + unknown
            """, "targets = ok + failed + ... + not started + pending + unknown does not hold"
        ),
        (
            """
            SELECT id AS what FROM run JOIN tally ON run = number
            WHERE duration IS NOT NULL AND (pending + unknown > 0
                OR run.ok <> tally.ok OR run.failed <> tally.failed
                OR run.signalled <> tally.signalled OR run.no_status <> tally.no_status
                OR run.not_reached <> tally.not_reached OR run.timed_out <> tally.timed_out
                OR run.cancelled <> tally.cancelled OR run.not_started <> tally.not_started)
            """, "it is finished, and its totals are not those of its hosts"
        ),
        (
            """
            SELECT id || ' ' || name AS what FROM host JOIN run ON number = run
            WHERE started > running OR running > closing OR closing > ended OR started > ended
            """, "its phases are out of order"
        ),
        (
            """
            SELECT 'output ' || number AS what FROM content WHERE length <>
                (SELECT coalesce(sum(length(bytes)), 0) FROM piece WHERE content = number)
            """, "its pieces are not as long as it is"
        ),
        (
            """
            SELECT 'output ' || number AS what FROM content
            WHERE NOT EXISTS (SELECT 1 FROM host WHERE stdout = number)
                AND NOT EXISTS (SELECT 1 FROM host WHERE stderr = number)
            """, "no host has it"
        ),
        (
            "SELECT DISTINCT \"table\" AS what FROM pragma_foreign_key_check",
            "it refers to rows that are not there"
        ),
    ]

    private func wrongDigests() throws(JournalError) -> [String] {
        try read { db in
            var faults: [String] = []
            let contents = try Row.fetchCursor(
                db, sql: "SELECT number, hash FROM content WHERE hash IS NOT NULL")
            while let content = try contents.next() {
                let number: Int64 = content["number"]
                var hash = SHA256()
                let pieces = try Row.fetchCursor(
                    db, sql: "SELECT bytes FROM piece WHERE content = ? ORDER BY start",
                    arguments: [number])
                while let piece = try pieces.next() { hash.update([UInt8](of: piece, "bytes")) }
                if hash.digest() != [UInt8](of: content, "hash") {
                    faults.append("output \(number): its bytes are not those of its digest")
                }
            }
            return faults
        }
    }
}
