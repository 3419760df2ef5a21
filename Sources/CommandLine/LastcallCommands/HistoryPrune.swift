// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import RunJournal

/// `lastcall history prune`.
struct HistoryPrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove old runs from the journal.",
        discussion: """
            Every recorded run does so at its end, with the defaults: 1000 runs, 400 days, 2 GiB. A \
            run that goes on is never removed, nor the last one for its size.

            EXIT STATUS
              0  done
              2  wrong use, or the journal cannot be written
            """)

    @Option(help: ArgumentHelp("Keep this many runs.", valueName: "number"))
    var keep: Int?

    @Option(
        name: .customLong("older-than"),
        help: ArgumentHelp("Remove runs older than this.", valueName: "days"))
    var days: Double?

    @Option(
        name: .customLong("max-size"),
        help: ArgumentHelp("Remove the oldest until the rest fits: 500M, 2G.", valueName: "size"),
        transform: SizeArgument.parse)
    var size: SizeArgument?

    @Flag(help: "Say what --keep and --older-than would remove; remove nothing.")
    var dryRun = false

    func validate() throws {
        if let keep, keep < 0 { throw ValidationError("--keep \(keep): 0 or more") }
        if let days, days < 0 { throw ValidationError("--older-than \(days): 0 or more") }
        if dryRun, size != nil {
            throw ValidationError("--dry-run cannot tell what --max-size would remove")
        }
    }

    func run() async throws {
        var retention = Retention(runs: keep, days: days, bytes: size?.bytes)
        if retention == Retention() { retention = .standard }
        let removed = try RecordedRun.reading { journal throws(JournalError) in
            try journal.prune(retention, dryRun: dryRun)
        }
        let text = "\(removed.count) \(removed.count == 1 ? "run" : "runs")"
        try ProgramOutput.write("\(text) \(dryRun ? "would be removed" : "removed")\n")
    }
}
