// SPDX-License-Identifier: Apache-2.0

import HostSets
import RunEngine
import RunJournal
import RunReports

/// What a run's journal is to know beyond its plan.
struct Recording: Sendable {
    /// The words of the command line before the command.
    var options: [String]
    /// The run this one goes on with.
    var continues: Int64?
}

/// Asks the journal before each start.
struct JournalGate: StartGate {
    let recorder: RunRecorder

    func mayStart(_ host: Int) async -> Bool { await recorder.mayStart(host) }
}

extension Recording {
    /// Begins to record a plan's run, unless it is not to be.
    ///
    /// - Parameters:
    ///   - plan: the run.
    ///   - say: tells a person something.
    /// - Returns: what records it; `nil` when the journal cannot be used and the run may go on
    ///   without, which is said.
    /// - Throws: `UsageError` when the run was to be recorded and cannot be.
    func begin(
        _ plan: RunPlan, say: @escaping @Sendable (String) -> Void
    ) throws(UsageError) -> RunRecorder? {
        guard plan.journal.journal != false else { return nil }
        let limits =
            plan.journal.noOutputJournal
            ? RecorderLimits.none
            : RecorderLimits(
                hostBytes: plan.journal.hostLimit.bytes, runBytes: plan.journal.runLimit.bytes)
        do throws(JournalError) {
            return try JournalPlace.open()
                .begin(
                    RecordedRequest(
                        hosts: plan.hosts.map(\.description), command: plan.command,
                        options: options,
                        transport: plan.transport.via.rawValue, readsInput: plan.sendsInput,
                        continues: continues),
                    limits: limits,
                    whenFailed: { error in
                        say(
                            "journal: \(error): no further host is started; what runs is let to end"
                        )
                    })
        } catch {
            guard plan.journal.journal == nil else {
                throw UsageError("--journal: \(error)")
            }
            say("journal: \(error): this run is not recorded (--no-journal says so beforehand)")
            return nil
        }
    }

    /// Ends the recording of a run, says what is missing in it, and removes runs that are not kept
    /// any longer.
    static func end(
        _ recorder: RunRecorder, of hosts: [Host], say: (String) -> Void
    ) async {
        await recorder.close()
        let cut = recorder.cut
        if cut.bytes > 0, recorder.recordsOutput {
            let names = HostPatternFolding.fold(cut.hosts.map { hosts[$0] })
            say(
                """
                journal: \(cut.bytes) bytes of output are not recorded, of \(names): over \
                --journal-host-limit or --journal-run-limit
                """)
        }
        guard recorder.failure == nil else { return }
        do throws(JournalError) {
            _ = try await recorder.prune(.standard)
        } catch {
            say("journal: old runs cannot be removed: \(error)")
        }
    }
}
