// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import Console
import GroupSources
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
    /// The command on each host, by its place, when it holds attributes.
    var commandOnHost: (@Sendable (Int) -> [String])?
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
        let selection = try Self.selection(options)
        hosts = Self.drawn(selection.hosts, options.hosts)
        for host in selection.unmatchedExclusions {
            remarks.append("-x \(host): no such host among those of -w")
        }
        var checked = command
        if options.attributes {
            let words = AttributeWords(command)
            commandOnHost = try Self.command(words, on: hosts, options)
            checked = words.words(with: [:])
        }
        if transport.via == .exec {
            do throws(WordTemplateFault) {
                try ExecShell.validate(checked)
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

    /// The command on each host, with what the sources of groups know of it.
    private static func command(
        _ words: AttributeWords, on hosts: [Host], _ options: RunCommand
    ) throws(UsageError) -> @Sendable (Int) -> [String] {
        let known: [String: [String: String]]
        do throws(GroupFailure) {
            known = try GroupLookup(options.groups).groups().attributes()
        } catch {
            throw UsageError("--attributes: \(error)")
        }
        let attributes = hosts.map { known[$0.name.text] ?? known[$0.description] ?? [:] }
        for (host, own) in zip(hosts, attributes) {
            for name in words.names where own[name] == nil {
                throw UsageError(
                    "--attributes: no source of groups says what %{\(name)} is on \(host)")
            }
        }
        // Local commands are read as templates once more.
        let doubles = options.transport.via == .exec
        return { words.words(with: attributes[$0], doublingPercents: doubles) }
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
        let isNative = transport.via == .ssh || transport.via == .sshOnly
        if !isNative, transport.via != .openssh, !transport.sshOptions.isEmpty {
            throw UsageError("--ssh-option is for --via ssh and --via openssh")
        }
        if !isNative, transport.acceptNew || transport.passwordDescriptor != nil {
            throw UsageError("--accept-new and --password-descriptor are for --via ssh")
        }
        if let number = transport.passwordDescriptor, number < 0 {
            throw UsageError("--password-descriptor \(number): no descriptor")
        }
    }

    /// The hosts the options choose, and the exclusions that took nothing out.
    ///
    /// - Throws: `UsageError` when there are none.
    static func hosts(_ options: RunCommand) throws(UsageError) -> [Host] {
        drawn(try selection(options).hosts, options.hosts)
    }

    private static func drawn(_ hosts: HostSet, _ options: HostOptions) -> [Host] {
        guard let count = options.pick, count < hosts.count else { return Array(hosts) }
        var generator = RandomDraw(seed: options.seed)
        let chosen = Set(hosts.indices.shuffled(using: &generator).prefix(count))
        return hosts.indices.filter(chosen.contains).map { hosts[$0] }
    }

    private static func selection(_ command: RunCommand) throws(UsageError) -> HostSelection {
        let options = command.hosts
        guard !options.hosts.isEmpty || !options.group.isEmpty else {
            throw UsageError("no hosts: name them with -w, as in -w 'node[1-9]'")
        }
        if let pick = options.pick, pick < 1 { throw UsageError("--pick \(pick): at least 1 host") }
        let limits = try command.groups.limits()
        let lookup = GroupLookup(command.groups)
        let selection: HostSelection
        do throws(HostSelectionFault) {
            selection = try HostSelection(
                including: options.hosts, andGroups: options.group, excluding: options.exclude,
                limits: limits, reading: { try HostListFile.read($0, limit: limits.bytes) },
                groups: { try lookup.words(for: $0) })
        } catch {
            throw UsageError("\(error)")
        }
        guard !selection.hosts.isEmpty else {
            let named = options.hosts.map { "-w \($0)" } + options.group.map { "-g \($0)" }
            throw UsageError(
                selection.excludedCount > 0
                    ? "no hosts left: -x takes out all \(selection.excludedCount)"
                    : "no hosts: \(named.joined(separator: " ")) names none")
        }
        return selection
    }
}
