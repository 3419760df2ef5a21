// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ClosingFigures
import TCPClosing

/// `lastcall closing states`.
struct ClosingStates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "states",
        abstract: "List the states, and what every event does in them.",
        discussion: """
            Without a state: what leads out of each. With one: every event, also those that are \
            ignored or impossible there, with the reason. Sources are RFC sections and functions \
            of Linux.
            """)

    @Argument(help: "A state, such as FIN-WAIT-1; the case does not matter.")
    var state: String?

    @Flag(help: "Print one JSON object per row of the table, on a line of its own.")
    var json = false

    func run() throws {
        guard let name = state else {
            return try ProgramOutput.write(json ? StateTable.json() : StateTable.overview())
        }
        guard let state = TCPState(named: name) else {
            let names = TCPState.allCases.map(\.rawValue)
            throw UsageError(
                "\(ProgramOutput.quoted(name)) is no state: write one of\n    "
                    + names[..<6].joined(separator: ", ") + ",\n    "
                    + names[6...].joined(separator: ", "))
        }
        try ProgramOutput.write(json ? StateTable.json(of: [state]) : StateTable.rows(of: state))
    }
}
