// SPDX-License-Identifier: Apache-2.0

import HostSets
import RunJournal

/// A run of the journal that somebody names on the command line.
struct RecordedRun {
    let journal: Journal
    let run: RunRecord

    /// Opens the journal and finds the run.
    ///
    /// - Throws: `UsageError` when there is none of that name, or the journal cannot be used.
    init(_ text: String) throws(UsageError) {
        guard let name = RunName(text) else {
            throw UsageError(
                "\(ProgramOutput.quoted(text)): no name of a run: last, last~2, or an id of lastcall history"
            )
        }
        (journal, run) = try Self.reading { journal throws(JournalError) in
            guard let run = try journal.run(name) else {
                throw JournalError(
                    .other,
                    name == .last(0)
                        ? "no run is recorded"
                        : "\(ProgramOutput.quoted(text)): no run of that name is recorded")
            }
            return (journal, run)
        }
    }

    /// Does something with the journal.
    static func reading<Value>(
        _ body: (Journal) throws(JournalError) -> Value
    ) throws(UsageError) -> Value {
        do throws(JournalError) {
            return try body(try JournalPlace.open())
        } catch {
            throw UsageError("\(error)")
        }
    }

    /// The hosts of the run, in the order of their turns; only those in some states if given.
    func hosts(in states: Set<String>? = nil) throws(UsageError) -> [HostRecord] {
        do throws(JournalError) {
            return try journal.hosts(of: run, in: states)
        } catch {
            throw UsageError("\(error)")
        }
    }

    /// The host of the run that somebody names.
    func host(_ name: String) throws(UsageError) -> HostRecord {
        let host: HostRecord?
        do throws(JournalError) {
            host = try journal.host(name, of: run)
        } catch {
            throw UsageError("\(error)")
        }
        guard let host else {
            throw UsageError("run \(run.id) has no host \(ProgramOutput.quoted(name))")
        }
        return host
    }

    /// Some hosts of the journal as hosts; in the same order.
    static func hosts(_ records: [HostRecord]) throws(UsageError) -> [Host] {
        let hosts: [Host]
        do throws(HostSelectionFault) {
            hosts = Array(
                try HostSelection(
                    including: records.map(\.name),
                    reading: { try HostListFile.read($0, limit: HostLimits().bytes) }
                )
                .hosts)
        } catch {
            throw UsageError("the journal's hosts: \(error)")
        }
        guard hosts.map(\.description) == records.map(\.name) else {
            throw UsageError("the journal's hosts are no longer read as they were written")
        }
        return hosts
    }
}
