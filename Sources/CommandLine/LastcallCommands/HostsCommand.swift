// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostSets

/// `lastcall hosts`.
struct HostsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts",
        abstract: "Fold, expand, count and combine host sets and groups.",
        usage: "lastcall hosts [--expand|--count|--json|...] [OPTIONS] EXPRESSION ...",
        discussion: """
            An expression names hosts and joins them, from left to right: a,b or, a!b without, \
            a&b in both, a^b in one of them, with parentheses. Operands are node[1-9], \
            root@node1:22, @group, @source:group, @*, @@source, web*, /regex/ and ^FILE; - is \
            standard input, and so is no expression at all. Docs/host-sets.md has all of it.

            Called nodeset or cluset, the program is ClusterShell's.

            EXIT STATUS
              0  it was answered
              1  --contains: some host is not in the set
              2  the request was wrong, or a source of groups failed
            """)

    @OptionGroup(title: "Output") var output: HostsOutputOptions
    @OptionGroup(title: "Selection") var selection: HostsSelectionOptions
    @OptionGroup(title: "Groups") var groups: GroupOptions

    @Argument(
        help: ArgumentHelp("Hosts; several are joined.", valueName: "expression"),
        completion: GroupCompletion.expressions)
    var expressions: [String] = []

    func run() throws {
        var work = try HostsWork(self)
        throw ExitCode(try work.run())
    }
}

/// What a shell offers where groups can stand.
enum GroupCompletion {
    /// `@web`, `@racks:r1`.
    static let expressions = CompletionKind.shellCommand("lastcall hosts --list 2>/dev/null")
    /// The same without `@`.
    static let names = CompletionKind.shellCommand(
        "lastcall hosts --list 2>/dev/null | sed 's/^@//'")
}

/// What is printed of the hosts.
struct HostsOutputOptions: ParsableArguments {
    @Flag(name: [.customShort("e"), .long], help: "Print the hosts, one by one.")
    var expand = false

    @Flag(name: [.customShort("c"), .long], help: "Print how many hosts there are.")
    var count = false

    @Flag(
        name: [.customShort("l"), .long],
        help: "Print the groups of all sources; with hosts, those that hold any of them.")
    var list = false

    @Flag(help: "With --list: print the members of each group, too.")
    var members = false

    @Flag(help: "Print the sources of groups, the default one first.")
    var sources = false

    @Flag(help: "Print what the sources know of each host.")
    var attributes = false

    @Option(
        help: ArgumentHelp(
            "Print nothing; say by the exit status whether all these hosts are in the set.",
            valueName: "expression"))
    var contains: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Option(
        name: [.customShort("S"), .long],
        help: ArgumentHelp(
            "What stands between hosts; \\n, \\t and \\0 are read.", valueName: "text"))
    var separator = "\\n"

    @Option(
        name: [.customShort("O"), .long],
        help: ArgumentHelp(
            "How a host is printed: {} the host, {name}, {user}, {port}, %{attribute}.",
            valueName: "text"))
    var format: String?

    @Flag(name: .customLong("order"), help: "Print the hosts in the order they are named.")
    var keepsOrder = false

    @Option(
        help: ArgumentHelp(
            "Fold only along these numbers of names: 1 is the first, -1 the last.",
            valueName: "numbers"))
    var axis: String?
}

/// Which of the hosts.
struct HostsSelectionOptions: ParsableArguments {
    @Option(
        name: [.customShort("x"), .long],
        help: ArgumentHelp("Hosts to leave out.", valueName: "expression"))
    var exclude: [String] = []

    @Option(
        name: [.customShort("i"), .long],
        help: ArgumentHelp("Only hosts that are here, too.", valueName: "expression"))
    var intersection: [String] = []

    @Option(
        name: [.customShort("X"), .customLong("xor")],
        help: ArgumentHelp("Hosts that are here or there, not in both.", valueName: "expression"))
    var xor: [String] = []

    @Option(
        help: ArgumentHelp(
            "Cut the hosts into so many sets, each on its own line.", valueName: "number"))
    var split: Int?

    @Flag(help: "Cut the hosts into sets whose numbers follow each other.")
    var contiguous = false

    @Option(
        name: [.customShort("I"), .long],
        help: ArgumentHelp(
            "Only these places, from 0: 0-9, 0-9/2, 3,5.", valueName: "places"))
    var slice: String?

    @Option(help: ArgumentHelp("So many hosts, drawn at random.", valueName: "number"))
    var pick: Int?

    @Option(help: ArgumentHelp("Draw the same hosts again.", valueName: "number"))
    var seed: UInt64?
}

/// Where groups come from, and how much texts may ask for.
struct GroupOptions: ParsableArguments {
    @Option(
        name: .customLong("groups"),
        help: ArgumentHelp(
            "A configuration of group sources instead of the usual ones.", valueName: "file"))
    var configuration: String?

    @Option(
        name: [.customShort("s"), .customLong("source")],
        help: ArgumentHelp("The source of groups that name none.", valueName: "name"))
    var source: String?

    @Option(
        help: ArgumentHelp(
            "Raise or lower a limit: hosts=2000000, brackets=64, nesting=100, bytes=1000000000.",
            valueName: "name=number"))
    var limit: [String] = []

    /// The limits with the user's changes.
    func limits() throws(UsageError) -> HostLimits {
        var limits = HostLimits()
        for text in limit {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let name = HostLimits.Name(rawValue: String(parts[0])),
                let number = Int(parts[1]), number >= 1
            else {
                let names = HostLimits.Name.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError("--limit '\(text)': write NAME=NUMBER, one of \(names)")
            }
            // Each level takes a part of the stack.
            guard name != .nesting || number <= 1000 else {
                throw UsageError("--limit nesting=\(number): at most 1000")
            }
            limits[name] = number
        }
        return limits
    }
}
