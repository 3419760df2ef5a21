// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import PortDoctor
import PrivateNetworks
import SocketDiagnostics
import SystemPackage

/// `lastcall audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Find listeners that another local user could take over or slip in beside.",
        usage: "lastcall audit [<options>]",
        discussion: """
            Judges every listener on a port that any user may bind, and every socket that is bound \
            and does not listen yet: who could answer in its place, now, at its next restart, or \
            at another address. Each finding has its proof (which bind() by whom succeeds, and \
            when) and the changes that close it; Docs/audit.md has a section on each.

            Works for every user. Root sees more: whose the sockets are, and whether they have \
            SO_REUSEADDR and SO_REUSEPORT, which the kernel tells nobody.

            SEVERITIES
              high    now, by any user, where clients look for the service
              medium  at a moment that comes with each start, or by the service's own user
              low     where nobody expects the service, or while it is down

            EXIT STATUS
              0  nothing found, or nothing as severe as --fail-on
              1  something found
              2  wrong use, or the kernel does not answer
            """)

    @Option(name: .customLong("port"), help: "Only this port; may be repeated.")
    var ports: [UInt16] = []

    @Option(
        name: .customLong("process"),
        help: ArgumentHelp(
            "Only sockets of this process; may be repeated.", valueName: "name or pid"))
    var processes: [String] = []

    @Option(
        name: .customLong("user"),
        help: ArgumentHelp("Only sockets of this user; may be repeated.", valueName: "name or uid"))
    var users: [String] = []

    @Option(
        help: ArgumentHelp(
            "Exit with 1 for findings of this severity, or a worse one.", valueName: "severity"))
    var failOn = AuditFinding.Severity.low

    @Option(
        name: .customLong("ignore"),
        help: ArgumentHelp(
            "A file of findings to pass over, with reasons (see Docs/audit.md).",
            valueName: "file"))
    var ignoreFile: String?

    @Flag(
        help: """
            Try it: bind sockets that never listen. For microseconds, a service that starts on \
            such an address fails.
            """)
    var prove = false

    @Option(
        help: ArgumentHelp(
            "Look into this network namespace: a path, a name of ip-netns(8) or a process.",
            valueName: "namespace"))
    var netns: String?

    @Flag(help: "Print one JSON object (see Docs/audit.md).")
    var json = false

    func run() async throws {
        let filter = try filter()
        let ignored = try ignoreList()
        let namespace = try namespace()
        let facts = try await AuditSurvey.facts(in: namespace)
        var report = AuditReport(of: facts, for: filter, ignoring: ignored)
        if prove {
            let untried = report
            report = try await NetworkNamespace.visit(namespace) {
                var report = untried
                try report.prove(AuditSurvey.trial)
                return report
            }
        }
        if json {
            try ProgramOutput.write(String(decoding: AuditJSON.line(report), as: UTF8.self))
        } else {
            let width = StandardDescriptors.terminalWidth(.standardOutput) ?? 80
            try ProgramOutput.write(AuditText(report, width: width).text)
        }
        if report.reaches(failOn) { throw ExitCode(1) }
    }

    private func filter() throws -> AuditReport.Filter {
        var filter = AuditReport.Filter()
        filter.ports = Set(ports)
        filter.processes = Set(processes)
        for name in users {
            guard let user = UserNames.number(of: name) else {
                throw UsageError("--user \(ProgramOutput.quoted(name)): there is no such user")
            }
            filter.users.insert(user)
        }
        return filter
    }

    private func namespace() throws -> NetworkNamespaceName? {
        guard let netns else { return nil }
        guard let name = NetworkNamespaceName(netns) else {
            throw UsageError("--netns: write a process's number, a name of ip-netns(8), or a path")
        }
        return name
    }

    private func ignoreList() throws -> AuditIgnoreList {
        guard let ignoreFile else { return AuditIgnoreList() }
        let bytes: [UInt8]
        do {
            let file = try FileDescriptor.open(
                FilePath(ignoreFile), .readOnly, options: .closeOnExec)
            bytes = try file.closeAfter { try FileBytes.all(of: file, limit: 1 << 20) }
        } catch {
            throw UsageError("--ignore: cannot read \(ProgramOutput.quoted(ignoreFile)): \(error)")
        }
        do throws(AuditIgnoreList.Fault) {
            return try AuditIgnoreList(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw UsageError(
                "\(ProgramOutput.quoted(ignoreFile)):\(error.line): \(error.message)")
        }
    }
}

extension AuditFinding.Severity: ExpressibleByArgument {}
