// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import RunJournal
import RunModel
import RunReports

/// `lastcall history`, `lastcall history list`.
struct HistoryList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List recorded runs, the latest first.",
        discussion: """
            EXIT STATUS
              0  listed, perhaps none
              2  wrong use, or the journal cannot be read
            """)

    @Option(help: ArgumentHelp("Runs whose command contains this.", valueName: "text"))
    var command: String?

    @Option(help: ArgumentHelp("Runs on this host, named as it was then.", valueName: "name"))
    var host: String?

    @Option(
        help: ArgumentHelp(
            "Runs since a date: 2026-03-01, or '2026-03-01 12:30'.", valueName: "date"))
    var since: String?

    @Option(help: ArgumentHelp("Runs until the end of a date.", valueName: "date"))
    var until: String?

    @Option(
        help: ArgumentHelp(
            """
            Runs in which a host ended so: ok, failed, signalled, no-status, not-reached, \
            timed-out, cancelled, not-started; or interrupted runs.
            """, valueName: "outcome"))
    var outcome: String?

    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("How many to list at most.", valueName: "number"))
    var limit = 20

    func run() async throws {
        var filter = RunFilter(limit: limit)
        filter.command = command
        filter.host = host
        filter.since = since
        filter.until = until
        if outcome == "interrupted" {
            filter.interruptedOnly = true
        } else if let outcome {
            guard let summaryClass = RunSummary.Class(rawValue: outcome) else {
                throw UsageError(
                    """
                    --outcome \(ProgramOutput.quoted(outcome)): interrupted, or one of \
                    \(RunSummary.Class.allCases.map(\.rawValue).joined(separator: ", "))
                    """)
            }
            filter.outcome = summaryClass
        }
        let runs = try RecordedRun.reading { journal throws(JournalError) in
            try journal.list(filter)
        }
        try ProgramOutput.write(HistoryText.lines(of: runs))
    }
}
