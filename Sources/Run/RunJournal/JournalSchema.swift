// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The tables of the journal; `Docs/journal.md` describes them for people who ask in SQL.
enum JournalSchema {
    /// Every change of the tables since the first version, by name; names are never reused.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 runs, hosts, outputs, trace") { try $0.execute(sql: first) }
        return migrator
    }

    /// States of a host in the order of its life; the last eight are final.
    ///
    /// `targets = the sum of all states` holds at every moment: rows of hosts come with the row of
    /// their run, in one transaction.
    private static let first = """
        CREATE TABLE run (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            began REAL NOT NULL,
            duration REAL CHECK (duration >= 0),
            stopped_by INTEGER,
            targets INTEGER NOT NULL,
            transport TEXT NOT NULL,
            command TEXT NOT NULL,
            words TEXT NOT NULL,
            options TEXT NOT NULL,
            reads_input INTEGER NOT NULL,
            keeps_output INTEGER NOT NULL,
            continues INTEGER REFERENCES run ON DELETE SET NULL,
            ok INTEGER, failed INTEGER, signalled INTEGER, no_status INTEGER,
            not_reached INTEGER, timed_out INTEGER, cancelled INTEGER, not_started INTEGER,
            CHECK (duration IS NULL OR targets = ok + failed + signalled + no_status
                + not_reached + timed_out + cancelled + not_started)
        );
        CREATE INDEX run_began ON run(began);
        CREATE INDEX run_continues ON run(continues) WHERE continues IS NOT NULL;

        CREATE TABLE content (
            number INTEGER PRIMARY KEY,
            hash BLOB UNIQUE,
            length INTEGER NOT NULL
        );
        CREATE TABLE piece (
            content INTEGER NOT NULL REFERENCES content ON DELETE CASCADE,
            start INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            UNIQUE (content, start)
        );

        CREATE TABLE host (
            run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
            target INTEGER NOT NULL,
            name TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN (
                'pending', 'started', 'running', 'closing', 'ok', 'failed', 'signalled',
                'no-status', 'not-reached', 'timed-out', 'cancelled', 'not-started')),
            started REAL, running REAL, closing REAL, ended REAL,
            code INTEGER, signal INTEGER, failure TEXT, message TEXT, phase TEXT,
            closed_first TEXT, left_here TEXT, local_port INTEGER,
            stdout INTEGER REFERENCES content, stderr INTEGER REFERENCES content,
            cut INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (run, target),
            CHECK ((ended IS NULL) = (state IN ('pending', 'started', 'running', 'closing'))),
            CHECK (started IS NOT NULL OR state IN ('pending', 'not-started'))
        ) WITHOUT ROWID;
        CREATE INDEX host_name ON host(name);
        CREATE INDEX host_stdout ON host(stdout) WHERE stdout IS NOT NULL;
        CREATE INDEX host_stderr ON host(stderr) WHERE stderr IS NOT NULL;

        CREATE TABLE trace (
            run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
            part INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (run, part)
        );

        CREATE VIEW tally AS
            SELECT run, count(*) AS targets,
                sum(state = 'ok') AS ok, sum(state = 'failed') AS failed,
                sum(state = 'signalled') AS signalled, sum(state = 'no-status') AS no_status,
                sum(state = 'not-reached') AS not_reached, sum(state = 'timed-out') AS timed_out,
                sum(state = 'cancelled') AS cancelled, sum(state = 'not-started') AS not_started,
                sum(state = 'pending') AS pending,
                sum(state IN ('started', 'running', 'closing')) AS unknown
            FROM host GROUP BY run;
        """
}
