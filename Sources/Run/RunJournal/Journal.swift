// SPDX-License-Identifier: Apache-2.0

import GRDB
import StateFiles
package import SystemPackage

/// The journal of one user's runs: one SQLite file, open.
///
/// Write-ahead log, `synchronous=FULL`: what was committed survives the death of the process at any
/// moment, and the loss of power as far as the disk tells the truth. Several processes may have it
/// open; writers take turns and wait for one another.
package final class Journal: Sendable {
    /// How long one process waits until another has written.
    private static let patience: Double = 10

    let queue: DatabaseQueue
    /// The file, as messages name it.
    package let path: String
    /// One byte per run, held as long as the run's process lives.
    let runs: LockFile

    /// Opens the journal of a directory, and makes both where they are missing.
    ///
    /// - Throws: `JournalError`; nothing has been changed in a journal that is newer or damaged.
    package init(in directory: FilePath) throws(JournalError) {
        do throws(StateDirectory.Failure) {
            let directory = try StateDirectory(directory)
            path = try directory.file("journal.sqlite").string
            runs = try directory.lockFile("running")
        } catch {
            throw JournalError(error)
        }
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(Self.patience)
            configuration.journalMode = .wal
            configuration.label = "journal"
            configuration.prepareDatabase { db in
                // Pages of runs that were pruned can be given back; heeded while the file is empty.
                try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try Self.migrate(queue, path)
        } catch {
            throw JournalError(error, in: path)
        }
    }

    private static func migrate(_ queue: DatabaseQueue, _ path: String) throws {
        let migrator = JournalSchema.migrator
        let (isNewer, isCurrent) = try queue.read { db in
            (try migrator.hasBeenSuperseded(db), try migrator.hasCompletedMigrations(db))
        }
        guard !isNewer else {
            throw JournalError(
                .newer, "\(path): written by a later version of lastcall, which alone can read it")
        }
        if isCurrent { return }
        try migrator.migrate(queue)
    }

    /// Lets the file grow to so many pages at most, or not at all if it has more already.
    ///
    /// For tests of a full disk: SQLite then says the same.
    package func limitPages(to pages: Int) {
        _ = try? queue.writeWithoutTransaction { db in
            _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages)")
        }
    }

    /// Reads, with errors as people are told them.
    func read<Value>(_ body: (Database) throws -> Value) throws(JournalError) -> Value {
        do {
            return try queue.read(body)
        } catch {
            throw JournalError(error, in: path)
        }
    }

    /// Writes in one transaction.
    func write<Value>(_ body: (Database) throws -> Value) throws(JournalError) -> Value {
        do {
            return try queue.write(body)
        } catch {
            throw JournalError(error, in: path)
        }
    }
}
