// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ClosingFigures
import TCPClosing

/// `lastcall closing explain`.
struct ClosingExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Answer a question about closing, with the orders that show it.",
        discussion: "Without a topic: list the topics.")

    @Argument(help: "The topic, such as time-wait.")
    var topic: String?

    func run() throws {
        guard let topic else { return try ProgramOutput.write(Explanation.list()) }
        guard let explanation = Explanation.named(topic) else {
            let names = Explanation.all.map(\.topic).joined(separator: ", ")
            throw UsageError(
                "\(ProgramOutput.quoted(topic)) is no topic: write one of\n    \(names)")
        }
        try ProgramOutput.write(try explanation.text())
    }
}
