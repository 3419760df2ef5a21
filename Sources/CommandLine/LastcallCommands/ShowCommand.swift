// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import HostSets
import RunJournal
import RunModel
import RunReports
import SystemPackage

/// `lastcall show`.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a recorded run again, as it was reported, or one host's output.",
        usage: "lastcall show [-g | --json | -N] [RUN] [HOST]",
        discussion: """
            Prints the same bytes to the same streams as the run did, in the form it had or in the \
            one asked for; never the progress line. With HOST only what that host printed, as it \
            is. RUN is last (the default), last~2, or the beginning of an id of lastcall history.

            EXIT STATUS
              0  shown
              2  no such run or host, or the journal cannot be read
              5  output could not be written in full, or was not recorded in full
            """)

    @Flag(name: [.customShort("b"), .long], help: "Print equal output of several hosts once.")
    var gather = false

    @Flag(help: "Print one JSON object per event and line.")
    var json = false

    @Flag(name: [.customShort("N"), .long], help: "Print output without host names.")
    var noPrefix = false

    @Argument(help: "Which run.")
    var run = "last"

    @Argument(help: "Which host of it.")
    var host: String?

    func validate() throws {
        if [gather, json, noPrefix].count(where: { $0 }) > 1 {
            throw ValidationError("--gather, --json and --no-prefix exclude each other")
        }
        if host != nil, gather || json || noPrefix {
            throw ValidationError(
                "one host's output has one form: no --gather, --json, --no-prefix")
        }
    }

    func run() async throws {
        let recorded = try RecordedRun(run)
        guard recorded.run.life != .going else {
            throw UsageError(
                "run \(recorded.run.id) is going on; it can be shown once it has ended")
        }
        let records = try host.map { [try recorded.host($0)] } ?? recorded.hosts()
        let hosts = try RecordedRun.hosts(records)
        let writer = OutputWriter()
        var report = ReplayedReport(
            ReportChoice.report(of: hosts, as: try form(of: recorded.run)), writer: writer)
        let isWhole: Bool
        do throws(JournalError) {
            isWhole = try await report.play(recorded, onlyOutputOf: host == nil ? nil : records[0])
        } catch {
            await writer.drain()
            throw UsageError("\(error)")
        }
        let cut = zip(records, hosts).filter { $0.0.cut > 0 }
        if !cut.isEmpty {
            let missing = cut.reduce(0) { $0 + $1.0.cut }
            let names = HostPatternFolding.fold(cut.map(\.1))
            Self.say("\(missing) bytes of output were not recorded, of \(names)")
        }
        if host == nil, recorded.run.life == .interrupted {
            Self.say(
                "run \(recorded.run.id) was interrupted: \(HistoryText.outcome(of: recorded.run))")
        }
        if !isWhole || !cut.isEmpty { throw ExitCode(5) }
    }

    /// The form the run had, or the one asked for.
    private func form(of run: RunRecord) throws -> OutputOptions {
        var output: OutputOptions
        if let command = try? RunCommand.parse(run.options + ["--"] + run.command) {
            // Options that were right when the run began.
            output = command.output
        } else {
            output = try OutputOptions.parse([])
        }
        output.progress = false
        if gather || json || noPrefix || host != nil {
            (output.gather, output.json) = (gather, json)
            output.noPrefix = noPrefix || host != nil
        }
        return output
    }

    private static func say(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll("lastcall: \(text)\n".utf8)
    }
}
