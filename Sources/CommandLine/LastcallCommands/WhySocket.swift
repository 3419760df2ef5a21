// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import PortDoctor
import PrivateNetworks
import SocketDiagnostics
import TCPClosing

/// The socket that `lastcall why` is asked about.
struct WhySocket: ParsableArguments {
    @Flag(name: .customLong("reuseaddr"), help: "It has SO_REUSEADDR.")
    var reusesAddress = false

    @Flag(name: .customLong("reuseport"), help: "It has SO_REUSEPORT.")
    var reusesPort = false

    @Flag(name: .customLong("v6only"), help: "It has IPV6_V6ONLY.")
    var isIPv6Only = false

    @Option(help: ArgumentHelp("Who makes it: a name or a number.", valueName: "user"))
    var user: String?

    @Option(
        help: ArgumentHelp(
            "The network namespace it is in: a process, a path, or a name of ip-netns(8).",
            valueName: "path|pid"))
    var netns: String?

    /// Whether any of these is given.
    var isGiven: Bool {
        reusesAddress || reusesPort || isIPv6Only || user != nil || netns != nil
    }

    /// What is asked of bind(2); a port alone stands for every address of the destination's family.
    func bindSurvey(
        at endpoint: EndpointArgument, towards destination: Destination? = nil
    ) async throws(UsageError) -> BindSurvey {
        let address: InternetAddress
        if endpoint.host == nil {
            switch destination?.address {
            case .v6?: address = .v6(high: 0, low: 0, zone: 0)
            case .v4?, nil: address = .v4(0)
            }
        } else {
            address = try await EndpointAddress.address(of: endpoint)
        }
        var userID = UserNames.own
        var isPrivileged = ProcessPrivilege.mayBindAnyPort("self")
        if let user {
            guard let number = UserNames.number(of: user) else {
                throw UsageError("--user \(ProgramOutput.quoted(user)): no such user")
            }
            userID = number
            isPrivileged = number == 0
        }
        return BindSurvey(
            request: BindRequest(
                address, port: endpoint.port, isIPv6Only: isIPv6Only, reusesAddress: reusesAddress,
                reusesPort: reusesPort, userID: userID),
            isPrivileged: isPrivileged)
    }

    /// Runs the body in the network namespace that is asked for.
    func visit<Answer: Sendable>(
        _ body: @escaping @Sendable () throws(UsageError) -> Answer
    ) async throws -> Answer {
        let name: NetworkNamespaceName?
        if let netns {
            guard let parsed = NetworkNamespaceName(netns) else {
                throw UsageError("--netns: name a process, a path, or a name of ip-netns(8)")
            }
            name = parsed
        } else {
            name = nil
        }
        do {
            return try await NetworkNamespace.visit(name) { try body() }
        } catch let error as PrivateNetworkError {
            throw UsageError("--netns \(ProgramOutput.quoted(netns ?? "")): \(error)")
        }
    }
}

/// What a process may do (capabilities(7)).
enum ProcessPrivilege {
    /// Whether it has `CAP_NET_BIND_SERVICE`; the process is a number, or `self`.
    static func mayBindAnyPort(_ process: String) -> Bool {
        let status = PortSurvey.text("/proc/\(process)/status") ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let bits = line?.split(whereSeparator: \.isWhitespace).last
            .flatMap { UInt64($0, radix: 16) }
        return (bits ?? 0) & 1 << 10 != 0
    }
}
