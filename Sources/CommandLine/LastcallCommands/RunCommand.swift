// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import HostSets
import RunEngine
import RunModel

/// `lastcall run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command on many hosts.",
        usage:
            "lastcall run -w HOSTS [-x HOSTS] [--via ssh|openssh|rsh|exec] [OPTIONS] -- COMMAND [ARGUMENT ...]",
        discussion: """
            A window of hosts is always open while others wait. Every host ends in the summary: \
            ok, failed, signalled, no status, not reached, timed out, cancelled or not started.

            rsh trusts addresses, encrypts nothing, and is meant for closed networks only. With \
            exec the command's words are started here, once per host, without a shell; %h is the \
            host's name, %u the user, %n the host's number, %% a percent sign.

            ^C shows who is pending; ^C again stops the run in order; a third one aborts it.

            EXIT STATUS (the first that applies)
              130, 143, 129  stopped by ^C, SIGTERM, SIGHUP
              2  the request was wrong; nothing was contacted
              5  output could not be written in full
              4  a host timed out
              3  a host was not reached, or gave no exit status
              1  a command failed or died of a signal
              0  every host's command ended with 0
            """)

    @OptionGroup(title: "Hosts") var hosts: HostOptions
    @OptionGroup(title: "Groups") var groups: GroupOptions
    @OptionGroup(title: "Transport") var transport: TransportOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Journal") var journal: JournalOptions

    @Flag(help: "Send standard input to every host; without it commands read /dev/null.")
    var stdin = false

    @Flag(help: "Replace %{name} in the command by what group sources know of each host.")
    var attributes = false

    @Flag(help: "List the hosts and what would run; contact nobody.")
    var dryRun = false

    @Flag(help: "Print the hosts folded, and how many they are; contact nobody.")
    var hostsOnly = false

    @Argument(parsing: .captureForPassthrough, help: "The command, after --.")
    var command: [String] = []

    func run() async throws {
        // The words of a command are taken as they are, also by the parser's own search for these.
        if let first = command.first, ["-h", "-help", "--help"].contains(first) {
            throw CleanExit.helpRequest(self)
        }
        if hostsOnly {
            let hosts = try RunPlan.hosts(self)
            return try ProgramOutput.write("\(HostSet(hosts))\n\(hosts.count) hosts\n")
        }
        let plan = try RunPlan(self)
        if dryRun { return plan.describe() }
        throw ExitCode(
            try await Wiring.run(plan, recording: Recording(options: optionWords(plan))))
    }

    /// The words of this process's command line between `run` and the command.
    private func optionWords(_ plan: RunPlan) -> [String] {
        let words = CommandLine.arguments.drop { $0 != "run" }.dropFirst()
        let options = words.dropLast(plan.command.count)
        return Array(options.last == "--" ? options.dropLast() : options)
    }
}
