// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import RunJournal

/// `lastcall history verify`.
struct HistoryVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check what must hold in the journal at every moment.",
        discussion: """
            Every target of every run has one state; totals are those of the hosts; phases are in \
            order; outputs are whole and have their digests; the file is sound.

            EXIT STATUS
              0  all of it holds
              1  something does not
              2  the journal cannot be read
            """)

    @Flag(help: "Do not read outputs and compare their digests.")
    var noDigests = false

    func run() async throws {
        let faults = try RecordedRun.reading { journal throws(JournalError) in
            try journal.verify(hashes: !noDigests)
        }
        guard !faults.isEmpty else { return try ProgramOutput.write("the journal is sound\n") }
        try ProgramOutput.write(faults.map { "\($0)\n" }.joined())
        throw ExitCode(1)
    }
}
