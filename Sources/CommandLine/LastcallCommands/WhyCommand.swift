// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import PortDoctor
import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// `lastcall why`.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract:
            "Explain why a bind() or connect() fails: what is in the way, until when, what helps.",
        usage: """
            lastcall why [ADDRESS:]PORT [OPTIONS] [--probe] [--wait TIME]
                   lastcall why --connect HOST:PORT [--from [ADDRESS:]PORT] [OPTIONS]
                   lastcall why [--json] -- COMMAND [ARGUMENT ...]
            """,
        discussion: """
            Says whether bind() and listen() would work now, as asked; if not, the one thing in the \
            way, how long it stays, what helps, what does not, and how sure that is. A port alone \
            stands for 0.0.0.0. Nothing is changed, and nothing is sent.

            With a command: runs it, watches its bind(), listen() and connect() and those of all \
            that it starts, and explains the first that fails, on standard error. The command keeps \
            its descriptors, its signals and its exit status.

            EXIT STATUS
              0  it would work now
              1  it would not, or depends on what the kernel does not tell
              2  wrong use, or the kernel does not answer
              with a command: the command's own
            """)

    @Argument(help: ArgumentHelp("Where bind() goes.", valueName: "address:port"))
    var target: String?

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("A command to run and watch, after --.", valueName: "command"))
    var command: [String] = []

    @Option(help: ArgumentHelp("Explain a connect() to there instead.", valueName: "host:port"))
    var connect: String?

    @Option(
        help: ArgumentHelp("--connect: the source port, bound before.", valueName: "address:port"))
    var from: String?

    @OptionGroup(title: "The socket")
    var socket: WhySocket

    @Flag(
        help: ArgumentHelp(
            "Prove it: bind a socket, and close it at once.",
            discussion: """
                It never listens. A program that binds the port in those microseconds fails.
                """))
    var probe = false

    @Option(
        help: ArgumentHelp(
            "Wait until bind() works, at most so long: 90s, 2m, or none for ever.",
            valueName: "duration"),
        transform: DurationArgument.parse)
    var wait: DurationArgument?

    @Flag(help: "Print one JSON object (see Docs/why.md).")
    var json = false

    @Option(help: .hidden)
    var watching: String?

    func validate() throws {
        if watching != nil { return }
        let asked = [target != nil, connect != nil, !command.isEmpty].count { $0 }
        if asked == 0 {
            throw ValidationError(
                "name a port, as in lastcall why 8080; or --connect HOST:PORT; or -- COMMAND")
        }
        if asked > 1 {
            throw ValidationError(
                "a port to bind, --connect and a command exclude each other; --from names the "
                    + "source port of --connect")
        }
        if from != nil && connect == nil { throw ValidationError("--from needs --connect") }
        if target == nil && wait != nil {
            throw ValidationError("--wait is about a port to bind")
        }
        if target == nil && from == nil && probe {
            throw ValidationError("--probe is about a port to bind, here or with --from")
        }
        if probe, socket.user != nil {
            throw ValidationError("--probe binds as the user who runs it, not as --user")
        }
        if !command.isEmpty && socket.isGiven {
            throw ValidationError(
                "a command's sockets have their own options: leave out those before --")
        }
    }

    func run() async throws {
        if let watching {
            try await CommandExplanation.watch(at: watching, json: json)
        } else if let connect {
            try await explainConnect(to: try EndpointArgument(parsing: connect))
        } else if let target {
            try await explainBind(to: try EndpointArgument(parsing: target))
        } else {
            try CommandExplanation.start(command, json: json)
        }
    }

    private var width: Int { StandardDescriptors.terminalWidth(.standardOutput) ?? 80 }

    private func explainBind(to endpoint: EndpointArgument) async throws {
        let survey = try await socket.bindSurvey(at: endpoint)
        let (wait, probe) = (self.wait, self.probe)
        let alsoIPv6 = endpoint.host == nil
        let (diagnosis, remarks) = try await socket.visit {
            () throws(UsageError) -> (BindDiagnosis, [String]) in
            var remarks: [String] = []
            let diagnosis: BindDiagnosis
            if let wait {
                diagnosis = try survey.waiting(atMost: wait.duration, proving: probe)
            } else {
                var looked = try survey.diagnosis()
                if probe, !survey.prove(&looked) {
                    remarks.append("bind() of a socket of our own has just now ended otherwise.")
                }
                diagnosis = looked
            }
            if alsoIPv6, diagnosis.verdict == .works {
                remarks += try survey.remarksOnIPv6()
            }
            return (diagnosis, remarks + BindSurvey.remarks(on: diagnosis))
        }
        if json {
            let line = DiagnosisJSON.line(diagnosis)
            try ProgramOutput.write(String(decoding: line, as: UTF8.self))
        } else {
            try ProgramOutput.write(
                DiagnosisText(diagnosis, width: width, remarks: remarks).text)
        }
        if diagnosis.verdict != .works { throw ExitCode(1) }
    }

    private func explainConnect(to endpoint: EndpointArgument) async throws {
        let address = try await EndpointAddress.address(of: endpoint)
        var survey = ConnectSurvey(destination: Destination(address: address, port: endpoint.port))
        if let from {
            survey.bind = try await socket.bindSurvey(
                at: try EndpointArgument(parsing: from), towards: survey.destination)
            survey.provesBind = probe
        }
        let question = survey
        let diagnosis = try await socket.visit {
            () throws(UsageError) -> ConnectDiagnosis in try question.diagnosis()
        }
        if json {
            try ProgramOutput.write(
                String(decoding: DiagnosisJSON.line(diagnosis), as: UTF8.self))
        } else {
            let remarks = diagnosis.bind.map { BindSurvey.remarks(on: $0) } ?? []
            try ProgramOutput.write(ConnectText(diagnosis, width: width, remarks: remarks).text)
        }
        switch diagnosis.verdict {
        case .works, .displaces: return
        case .bindFails, .bindUncertain, .sameConnection, .uncertain, .exhausted, .nobodyListens,
            .unreachable:
            throw ExitCode(1)
        }
    }
}
