// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `lastcall closing`.
struct ClosingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "closing",
        abstract: "How TCP connections close: states, orders of events, figures.",
        discussion: """
            Everything is computed from a model of two ends and the segments between them; nothing \
            is contacted, and no privileges are needed.
            """,
        subcommands: [
            ClosingStates.self, ClosingOrders.self, ClosingFigure.self, ClosingExplain.self,
        ])
}
