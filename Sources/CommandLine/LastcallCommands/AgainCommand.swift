// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import HostSets
import RunJournal
import RunModel
import SystemPackage

/// `lastcall again`.
struct AgainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "again",
        abstract: "Run a recorded command again, on some of its hosts.",
        usage: """
            lastcall again [RUN] --unfinished|--failed|--unreached|--timed-out|--exit N|--ok|-w HOSTS \
            [OPTIONS] [-- COMMAND [ARGUMENT ...]]
            """,
        discussion: """
            RUN is last (the default), last~2, or the beginning of an id of lastcall history. The \
            options are those of the run, and so is the command unless another one is given. \
            Several classes of hosts add up; -w and -x then take part of them.

            --unfinished runs on the hosts that certainly have not run the command: those whose \
            turn had not come, that were not reached, or not started. Of hosts that had started, \
            and whose end is unknown, nobody knows: it asks, and without a terminal it refuses \
            unless --at-least-once or --at-most-once says what to do. Runs that went on with the \
            same run count.

            The exit status is that of lastcall run.
            """)

    @OptionGroup(title: "Which hosts") var classes: AgainClasses

    @Flag(
        name: .customLong("at-least-once"),
        help: "Run also where the command may have run, perhaps a second time.")
    var atLeastOnce = false

    @Flag(
        name: .customLong("at-most-once"),
        help: "Leave out hosts where the command may have run.")
    var atMostOnce = false

    @Flag(help: "Send standard input to every host; of a recorded run it is not known.")
    var stdin = false

    @Flag(help: "List the hosts and what would run; contact nobody.")
    var dryRun = false

    @Argument(help: "Which run.")
    var name = "last"

    @Argument(parsing: .postTerminator, help: "Another command, after --.")
    var command: [String] = []

    func run() async throws {
        let command = command.isEmpty ? nil : command
        let recorded = try RecordedRun(name)
        guard recorded.run.life != .going else {
            throw UsageError("run \(recorded.run.id) is going on")
        }
        let records = try choose(recorded)
        let hosts = try RecordedRun.hosts(records).map(\.description)
        let plan = try self.plan(recorded.run, hosts, command ?? recorded.run.command)
        if dryRun { return plan.describe() }
        let recording = Recording(
            options: recorded.run.options, continues: command == nil ? recorded.run.number : nil)
        throw ExitCode(try await Wiring.run(plan, recording: recording))
    }

    /// The plan of the run with other hosts, and perhaps another command.
    private func plan(
        _ run: RunRecord, _ hosts: [String], _ command: [String]
    ) throws -> RunPlan {
        if run.readsInput, !stdin {
            throw UsageError(
                "run \(run.id) sent standard input, which is not recorded: give it again, with --stdin"
            )
        }
        guard var options = try? RunCommand.parse(run.options + ["--"] + command) else {
            throw UsageError(
                "the options of run \(run.id) are no longer understood: \(run.options.joined(separator: " "))"
            )
        }
        options.hosts.hosts = hosts
        options.hosts.exclude = []
        options.stdin = stdin
        return try RunPlan(options)
    }

    /// The hosts to run on.
    private func choose(_ recorded: RecordedRun) throws -> [HostRecord] {
        let part = try classes.part(of: try recorded.hosts(in: classes.states))
        var chosen = part.filter(classes.holds)
        if classes.unfinished {
            let later = try RecordedRun.reading { _ throws(JournalError) in
                try recorded.journal.laterExecutions(than: recorded.run)
            }
            let others = Set(chosen.map(\.target))
            var executions: [HostStanding.Execution: [HostRecord]] = [:]
            for host in part where !others.contains(host.target) {
                let execution = max(host.state.execution, later[host.name] ?? .never)
                executions[execution, default: []].append(host)
            }
            chosen += executions[.never] ?? []
            if let unknown = executions[.unknown], try runsUnknown(unknown, of: recorded.run) {
                chosen += unknown
            }
            chosen.sort { $0.target < $1.target }
        }
        guard !chosen.isEmpty else {
            throw UsageError("run \(recorded.run.id) has no such hosts: nothing to run again")
        }
        return chosen
    }

    /// Whether to run where the command may have run.
    private func runsUnknown(_ hosts: [HostRecord], of run: RunRecord) throws -> Bool {
        if atLeastOnce { return true }
        if atMostOnce { return false }
        let names = HostPatternFolding.fold(try RecordedRun.hosts(hosts))
        let count = hosts.count == 1 ? "1 host" : "\(hosts.count) hosts"
        let text = "\(count) of run \(run.id) had started, and their end is unknown: \(names)"
        guard let answer = Question.ask("lastcall: \(text)\nRun there again? [y/N] ") else {
            throw UsageError(
                """
                \(text); there is no terminal to ask on: --at-least-once runs there again, \
                --at-most-once leaves them out
                """)
        }
        return answer
    }
}
