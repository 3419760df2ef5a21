// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `lastcall lab`.
struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "See on this machine's kernel, in networks of its own, what the model says.",
        subcommands: [LabClosingCommand.self, LabFleetCommand.self])
}
