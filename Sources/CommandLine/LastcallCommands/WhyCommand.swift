// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import PortDoctor
import RunModel
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
            lastcall why [ADDRESS:]PORT [--reuseaddr] [--reuseport] [--v6only] [--probe] [--wait TIME]
                   lastcall why --connect HOST:PORT [--from [ADDRESS:]PORT]
            """,
        discussion: """
            Looks at the sockets of this network namespace and says whether bind() to the address \
            would work now, as asked. A port alone stands for 0.0.0.0. Nothing is changed, and \
            nothing is sent; --probe binds a socket of its own for some microseconds, never listens, \
            and so proves the answer.

            EXIT STATUS
              0  it would work now
              1  it would not, or depends on what the kernel does not tell
              2  wrong use, or the kernel does not answer
            """)

    @Argument(help: ArgumentHelp("Where bind() goes.", valueName: "address:port"))
    var target: String?

    @Option(help: ArgumentHelp("Explain a connect() to there instead.", valueName: "host:port"))
    var connect: String?

    @Option(
        help: ArgumentHelp("--connect: the source port, bound before.", valueName: "address:port"))
    var from: String?

    @Flag(name: .customLong("reuseaddr"), help: "The socket has SO_REUSEADDR.")
    var reusesAddress = false

    @Flag(name: .customLong("reuseport"), help: "The socket has SO_REUSEPORT.")
    var reusesPort = false

    @Flag(name: .customLong("v6only"), help: "The socket has IPV6_V6ONLY.")
    var isIPv6Only = false

    @Flag(help: "Prove it: bind a socket, and close it at once.")
    var probe = false

    @Option(
        help: ArgumentHelp(
            "Wait so long at most until bind() works: 90s, 2m, or none for ever.",
            valueName: "duration"),
        transform: DurationArgument.parse)
    var wait: DurationArgument?

    @Flag(help: "Print one JSON object (see Docs/why.md).")
    var json = false

    func validate() throws {
        if target == nil && connect == nil {
            throw ValidationError("name a port, as in lastcall why 8080, or --connect HOST:PORT")
        }
        if target != nil && connect != nil {
            throw ValidationError(
                "a port to bind and --connect exclude each other; --from names the source port")
        }
        if from != nil && connect == nil { throw ValidationError("--from needs --connect") }
        if connect != nil && (probe || wait != nil) {
            throw ValidationError("--probe and --wait are about bind(), not --connect")
        }
    }

    func run() async throws {
        if let connect {
            try await explainConnect(to: try EndpointArgument(parsing: connect))
        } else if let target {
            try await explainBind(to: try EndpointArgument(parsing: target))
        }
    }

    private var width: Int { StandardDescriptors.terminalWidth(.standardOutput) ?? 80 }

    private func explainBind(to endpoint: EndpointArgument) async throws {
        let request = try await self.request(at: endpoint)
        var diagnosis = try BindSurvey.diagnosis(of: request)
        if let wait, diagnosis.verdict != .works {
            diagnosis = try await BindSurvey.waiting(for: request, atMost: wait.duration)
        }
        var remarks: [String] = []
        let answer =
            probe ? BindSurvey.probe(request, &diagnosis, &remarks) : diagnosis.verdict == .works
        if json {
            let line = DiagnosisJSON.line(diagnosis, settings: PortSurvey.settings)
            try ProgramOutput.write(String(decoding: line, as: UTF8.self))
        } else {
            remarks += BindSurvey.remarks(on: diagnosis)
            let text = DiagnosisText(
                diagnosis, settings: PortSurvey.settings, width: width, remarks: remarks)
            try ProgramOutput.write(text.text)
        }
        if !answer { throw ExitCode(1) }
    }

    private func explainConnect(to endpoint: EndpointArgument) async throws {
        let destination = Destination(
            address: try await BindSurvey.address(of: endpoint), port: endpoint.port)
        var bind: BindDiagnosis?
        var source = ConnectDiagnosis.Source.automatic
        if let from {
            let local = try EndpointArgument(parsing: from)
            source = .port(local.port)
            bind = try BindSurvey.diagnosis(of: try await request(at: local, towards: destination))
        }
        let diagnosis = try BindSurvey.diagnosis(to: destination, from: source, bind: bind)
        if json {
            try ProgramOutput.write(
                String(decoding: DiagnosisJSON.line(diagnosis), as: UTF8.self))
        } else {
            try ProgramOutput.write(ConnectText(diagnosis, width: width).text)
        }
        switch diagnosis.verdict {
        case .works, .displaces: return
        case .bindFails, .sameConnection, .uncertain, .exhausted, .noSourceAddress:
            throw ExitCode(1)
        }
    }

    /// What is asked of bind(2); a port alone stands for every address of the destination's family.
    private func request(
        at endpoint: EndpointArgument, towards destination: Destination? = nil
    ) async throws -> BindRequest {
        let address: InternetAddress
        if endpoint.host == nil {
            switch destination?.address {
            case .v6?: address = .v6(high: 0, low: 0, zone: 0)
            case .v4?, nil: address = .v4(0)
            }
        } else {
            address = try await BindSurvey.address(of: endpoint)
        }
        return BindRequest(
            address, port: endpoint.port, isIPv6Only: isIPv6Only, reusesAddress: reusesAddress,
            reusesPort: reusesPort, userID: CurrentUser.effectiveID)
    }
}
