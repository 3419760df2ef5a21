// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `lastcall history`: what was run, and what became of it.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List recorded runs; check and prune the journal.",
        discussion: """
            RUN in other commands is an id of this list or its beginning, last, or last~2 for the \
            one two before the last. A run whose process died is interrupted. Docs/journal.md \
            describes the journal, and how to ask it in SQL.
            """,
        subcommands: [HistoryList.self, HistoryVerify.self, HistoryPrune.self],
        defaultSubcommand: HistoryList.self)
}
