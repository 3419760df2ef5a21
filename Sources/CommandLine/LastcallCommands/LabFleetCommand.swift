// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import LabFleet
import PrivateNetworks

/// `lastcall lab fleet`.
struct LabFleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Run a command in front of thousands of hosts that answer over ssh.",
        discussion: """
            One process plays all hosts, in a private network that only COMMAND is in. They let the \
            key in LASTCALL_FLEET_KEY in, whoever the user is, and know a few commands: echo, printf, \
            cat, sleep N, bytes N, exit N, true, false, hostname, kill -N $$; with ;, && and ||, and \
            >&2. There are no files and no shell.

            Nothing outside is touched and nothing is left, also when it is killed. Works as root, \
            and as an ordinary user where users may make user namespaces. Docs/lab.md tells what \
            COMMAND finds in its environment.

              lastcall lab fleet -- sh -c 'lastcall run -w "$LASTCALL_FLEET_HOSTS" \\
                  --ssh-option=-F --ssh-option="$LASTCALL_FLEET_SSH_CONFIG" -- hostname'

            EXIT STATUS
              that of COMMAND; 128 + n when signal n ended it
              2  there can be no fleet here, or the request was wrong
            """)

    @Option(help: ArgumentHelp("How many hosts there are.", valueName: "number"))
    var hosts = 1000

    @Option(help: ArgumentHelp("How many keys the hosts have, by turns.", valueName: "number"))
    var hostKeys = 1

    @Option(help: ArgumentHelp("Let this password in, too.", valueName: "text"))
    var password: String?

    @Option(help: ArgumentHelp("How many threads play the hosts.", valueName: "number"))
    var threads = 2

    @Argument(parsing: .postTerminator, help: "The command, behind --.")
    var command: [String] = []

    func run() async throws {
        guard !command.isEmpty else {
            throw UsageError(
                "no command; usage: lastcall lab fleet [OPTION...] -- COMMAND [ARG...]")
        }
        try Self.check("--hosts", hosts, 1...FleetAddresses.most)
        try Self.check("--host-keys", hostKeys, 1...hosts)
        try Self.check("--threads", threads, 1...64)
        try await LabAccess.enter()
        let limit = CompanionProcess.FileLimit.current
        DescriptorLimit.raise()
        let fleet = LabFleet(
            hosts: hosts, threads: threads, hostKeys: hostKeys, password: password,
            fileLimit: limit)
        let status: Int32
        do {
            status = try await fleet.run(command)
        } catch {
            throw UsageError("no fleet: \(error)")
        }
        throw ExitCode(status)
    }

    private static func check(
        _ option: String, _ value: Int, _ range: ClosedRange<Int>
    ) throws {
        guard !range.contains(value) else { return }
        throw UsageError(
            "\(option) \(value): from \(range.lowerBound) to \(range.upperBound)")
    }
}
