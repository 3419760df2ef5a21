// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import PortDoctor
import RunModel
import SocketDiagnostics
import SystemPackage

/// `lastcall ports`.
struct PortsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ports",
        abstract: "Show where this machine's ports are, and how many are left.",
        discussion: """
            For each destination: connections by state, the ports the kernel can still choose, how \
            many new connections a second it bears for ever if this end closes first, and how many \
            a second have been closed here first in the last 10 s. When ports run out at that rate \
            it says when.

            With --watch it goes on until ^C or q: rates of new connections as they are made, and \
            which program's connections are closed here first, as the kernel tells of each end.

            Needs no privilege. Sees one network namespace: the one it runs in, or the one that \
            --netns names, which needs root.

            EXIT STATUS
              0  told
              1  towards some destination no port is left
              2  wrong use, or the kernel does not answer
            """)

    @Flag(help: "Print one JSON object (see Docs/ports.md).")
    var json = false

    @Flag(help: "Print metrics in Prometheus' text format.")
    var metrics = false

    @Flag(help: "Print the settings that people turn: what each does, and what it risks.")
    var knobs = false

    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("How many destinations and services to show.", valueName: "number"))
    var limit: Int?

    @Option(
        help: ArgumentHelp(
            "Look into another network namespace: a process's, a name of ip-netns(8), or a file.",
            valueName: "pid|name|path"))
    var netns: String?

    @OptionGroup(title: "WATCHING")
    var watching: WatchOptions

    func validate() throws {
        if watching.watch, metrics || knobs {
            throw ValidationError("--watch goes with --json, and not with --metrics or --knobs")
        }
        if [json, metrics, knobs].count(where: { $0 }) > 1 {
            throw ValidationError("--json, --metrics and --knobs exclude each other")
        }
        if let limit, limit < 1 { throw ValidationError("-n \(limit): at least 1 is shown") }
    }

    func run() async throws {
        try await NamespaceOption.run(in: netns, show)
    }

    /// Runs on a thread that is in the namespace asked for.
    private func show() throws {
        if knobs {
            try ProgramOutput.write(Knob.text(Knob.all(reading: PortSurvey.setting), width: width))
            return
        }
        if watching.watch { return try watch() }
        let survey: PortSurvey
        do throws(SocketDiagnosticsError) {
            survey = try PortSurvey()
        } catch {
            throw UsageError("the kernel's socket table cannot be read: \(error)")
        }
        let (economy, counters) = (survey.economy, survey.counters)
        if json {
            try ProgramOutput.write(
                String(decoding: PortsJSON.line(economy, counters: counters), as: UTF8.self))
        } else if metrics {
            try ProgramOutput.write(
                PortsMetrics(economy, counters: counters, limit: limit ?? 100).text)
        } else {
            let text = PortsText(economy, counters: counters, width: width, limit: limit ?? 20)
            try ProgramOutput.write(text.text)
        }
        try finish(economy)
    }

    private func watch() throws {
        let isScreen =
            StandardDescriptors.isTerminal(.standardOutput)
            && !["", "dumb"].contains(ThisProcess.environment("TERM") ?? "")
        let request = PortsWatch.Request(
            form: json ? .json : isScreen ? .screen : .lines, interval: watching.pause,
            count: watching.count, time: watching.time?.duration, limit: limit ?? 20)
        let last: PortEconomy?
        do {
            var watch = try PortsWatch(request)
            last = try watch.run()
        } catch let error as SocketDiagnosticsError {
            throw UsageError("the kernel's socket table cannot be read: \(error)")
        }
        if let last { try finish(last) }
    }

    private func finish(_ economy: PortEconomy) throws {
        if economy.outgoing.contains(where: { $0.freePorts == 0 }) { throw ExitCode(1) }
    }

    private var width: Int { StandardDescriptors.terminalWidth(.standardOutput) ?? 80 }
}
