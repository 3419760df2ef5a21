// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import RunModel
import TCPClosing

/// The transports of `--via`.
enum Transport: String, CaseIterable, ExpressibleByArgument {
    case rsh
    case ssh
    case sshOnly = "ssh!"
    case openssh
    case exec
}

/// Which hosts.
struct HostOptions: ParsableArguments {
    @Option(
        name: [.customShort("w"), .long],
        help: ArgumentHelp(
            "Hosts: node[001-128,200], user@host:port, @group, web*, /regex/, ^FILE, or - for standard input.",
            discussion:
                "Joined by , (or) ! (without) & (in both) ^ (in one). Several -w add up; a host named twice is one host.",
            valueName: "pattern"),
        completion: GroupCompletion.expressions)
    var hosts: [String] = []

    @Option(
        name: [.customShort("g"), .long],
        help: ArgumentHelp("Groups of hosts: web, racks:r[1-4], web,db.", valueName: "groups"),
        completion: GroupCompletion.names)
    var group: [String] = []

    @Option(
        name: [.customShort("x"), .long],
        help: ArgumentHelp("Hosts to leave out; the same patterns.", valueName: "pattern"),
        completion: GroupCompletion.expressions)
    var exclude: [String] = []

    @Option(help: ArgumentHelp("Only so many of them, drawn at random.", valueName: "number"))
    var pick: Int?

    @Option(help: ArgumentHelp("--pick: draw the same hosts again.", valueName: "number"))
    var seed: UInt64?
}

/// How hosts are reached.
struct TransportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            How to reach the hosts: ssh (in this process; through ssh(1) where the configuration \
            needs it), ssh! (never through ssh(1)), openssh (one ssh(1) per host), rsh (insecure), \
            or exec (a local command per host).
            """))
    var via: Transport = .ssh

    @Option(
        name: [.customShort("l"), .long],
        help: ArgumentHelp("The user on hosts that name none.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("The port on hosts that name none.", valueName: "number"))
    var port: Int?

    @Option(
        name: .customLong("ssh-option"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "An argument as ssh(1) takes it, before the host: --ssh-option=-F --ssh-option=FILE.",
            valueName: "argument"))
    var sshOptions: [String] = []

    @Flag(help: "ssh: trust hosts that are not known yet, and write their keys to known_hosts.")
    var acceptNew = false

    @Option(
        help: ArgumentHelp(
            "ssh: read the password or passphrase from this descriptor, one line.",
            valueName: "number"))
    var passwordDescriptor: Int32?

    @Flag(help: "rsh: mix standard error into standard output; one connection per host.")
    var mergeStderr = false

    @Flag(help: "rsh: refuse a stderr connection that comes from another address than the host's.")
    var refuseStrangers = false

    @Option(
        help: ArgumentHelp(
            "rsh: how many local ports below 1024 to share among all hosts.", valueName: "number"))
    var reservedPorts = 16

    @Option(
        help: ArgumentHelp(
            "rsh, ssh: who keeps TIME-WAIT: reset-after-end (nobody), remote-first, local-first.",
            valueName: "policy"),
        transform: { text in
            guard let policy = ClosingPolicy(rawValue: text) else {
                throw ValidationError(
                    "'\(text)' is no closing policy: reset-after-end, remote-first or local-first")
            }
            return policy
        })
    var closing: ClosingPolicy = .resetAfterEnd
}

/// How many at once, and for how long.
struct LimitOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .long],
        help: ArgumentHelp("How many hosts are open at once.", valueName: "number"))
    var fanout = 64

    @Option(
        help: ArgumentHelp(
            "How long a host may take until its command runs: 10s, 500ms, 2m, 1h, or none.",
            valueName: "duration"),
        transform: DurationArgument.parse)
    var connectTimeout: DurationArgument = .limit(.seconds(10))

    @Option(
        name: [.customShort("u"), .long],
        help: ArgumentHelp(
            "How long a host's command may run; it is then signalled, and its connection reset.",
            valueName: "duration"),
        transform: DurationArgument.parse)
    var commandTimeout: DurationArgument = .none

    @Option(
        help: ArgumentHelp(
            "How many hosts may fail, as in 3 or 5%; with the next one no further is started.",
            valueName: "number"),
        transform: FailureLimit.parse)
    var maxFailures: FailureLimit?
}

/// What is printed, and what comes of it.
struct OutputOptions: ParsableArguments {
    @Flag(
        name: [.customShort("b"), .long],
        help: "Print equal output of several hosts once, at the end.")
    var gather = false

    @Flag(help: "Print one JSON object per event and line (see Docs/output.md).")
    var json = false

    @Flag(
        name: [.customShort("N"), .long], help: "Pass output on as it comes, without host names.")
    var noPrefix = false

    @Flag(inversion: .prefixedNo, help: "Show progress; the default on a terminal.")
    var progress: Bool?

    @Option(
        name: .customLong("exit-status"),
        help: ArgumentHelp(
            "What to exit with: class (the table above) or max (the largest remote code).",
            valueName: "rule"),
        transform: { text in
            guard let choice = ExitStatus.Choice(rawValue: text) else {
                throw ValidationError("'\(text)' is no rule for the exit status: class or max")
            }
            return choice
        })
    var exitStatus: ExitStatus.Choice = .classes
}
