// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import Console
import HostSets
import RunModel
import SystemPackage
import TCPClosing

/// What the options of `lastcall run` mean, resolved and checked; nothing has been contacted.
struct RunPlan {
    var hosts: [Host]
    var command: [String]
    var limits: RunLimits
    var maxFailures: FailureLimit?
    var transport: TransportOptions
    var output: OutputOptions
    var journal: JournalOptions
    var sendsInput: Bool
    /// Remarks for a person that are no errors.
    var remarks: [String] = []

    /// Resolves the options.
    ///
    /// - Throws: `UsageError` for the first thing that is wrong.
    init(_ options: RunCommand) throws(UsageError) {
        transport = options.transport
        output = options.output
        journal = options.journal
        sendsInput = options.stdin
        command = try Self.command(options.command)
        limits = try Self.limits(options.limits)
        maxFailures = options.limits.maxFailures
        try Self.check(transport, output)
        let readsHostsFromInput = (options.hosts.hosts + options.hosts.exclude)
            .contains { $0 == "-" || $0.split(separator: ",").contains("^-") }
        if sendsInput, readsHostsFromInput {
            throw UsageError("--stdin: standard input is the list of hosts already (-w -)")
        }
        let selection = try Self.selection(options.hosts)
        hosts = Array(selection.hosts)
        for host in selection.unmatchedExclusions {
            remarks.append("-x \(host): no such host among those of -w")
        }
        if transport.via == .exec {
            do throws(WordTemplateFault) {
                try ExecShell.validate(command)
            } catch {
                throw UsageError(error.message)
            }
        }
    }

    /// Prints the hosts and the command.
    func describe() {
        for host in hosts { print(host) }
        let text = """
            \(hosts.count) hosts via \(transport.via.rawValue), \(limits.fanout) at once: \
            \(command.joined(separator: " "))\n
            """
        _ = try? FileDescriptor.standardError.writeAll(text.utf8)
    }

    private static func command(_ words: [String]) throws(UsageError) -> [String] {
        var words = words[...]
        if words.first == "--" {
            words.removeFirst()
        } else if let first = words.first, first.hasPrefix("-") {
            throw UsageError(
                "unknown option '\(first)'; a command that begins with '-' goes after -- (see lastcall run --help)"
            )
        }
        guard let first = words.first, !first.isEmpty else {
            throw UsageError("no command: lastcall run -w HOSTS -- COMMAND [ARGUMENT ...]")
        }
        return Array(words)
    }

    private static func limits(_ options: LimitOptions) throws(UsageError) -> RunLimits {
        guard options.fanout >= 1 else {
            throw UsageError("-f \(options.fanout): the window holds at least 1 host")
        }
        return RunLimits(
            fanout: options.fanout, connectTimeout: options.connectTimeout.duration,
            commandTimeout: options.commandTimeout.duration)
    }

    private static func check(
        _ transport: TransportOptions, _ output: OutputOptions
    ) throws(UsageError) {
        if output.json, output.gather || output.noPrefix {
            throw UsageError("--json cannot be combined with --gather or --no-prefix")
        }
        if output.gather, output.noPrefix {
            throw UsageError("--gather cannot be combined with --no-prefix")
        }
        if let port = transport.port, !(1...65_535).contains(port) {
            throw UsageError("--port \(port): ports are 1 to 65535")
        }
        if let user = transport.user {
            guard Host.allowsUser(user) else {
                throw UsageError("-l \(String(reflecting: user)): not a user name")
            }
        }
        guard (2...512).contains(transport.reservedPorts) else {
            throw UsageError(
                "--reserved-ports \(transport.reservedPorts): at least 2 (one to call from, one for stderr), at most 512"
            )
        }
        if transport.via != .rsh, transport.mergeStderr || transport.refuseStrangers {
            throw UsageError("--merge-stderr and --refuse-strangers are for --via rsh")
        }
        if transport.via != .ssh, !transport.sshOptions.isEmpty {
            throw UsageError("--ssh-option is for --via ssh")
        }
    }

    private static func selection(_ options: HostOptions) throws(UsageError) -> HostSelection {
        guard !options.hosts.isEmpty else {
            throw UsageError("no hosts: name them with -w, as in -w 'node[1-9]'")
        }
        let selection: HostSelection
        do throws(HostSelectionFault) {
            selection = try HostSelection(
                including: options.hosts, excluding: options.exclude, reading: HostListFile.read)
        } catch {
            throw UsageError("\(error)")
        }
        guard !selection.hosts.isEmpty else {
            throw UsageError(
                selection.excludedCount > 0
                    ? "no hosts left: -x takes out all \(selection.excludedCount)"
                    : "no hosts: -w \(options.hosts.joined(separator: " -w ")) names none")
        }
        return selection
    }
}
