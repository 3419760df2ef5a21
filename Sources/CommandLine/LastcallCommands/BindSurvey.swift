// SPDX-License-Identifier: Apache-2.0

import Console
import PortDoctor
import SocketDiagnostics
import SystemPackage
import TCPClosing
import TCPSockets

/// Gathers what a diagnosis needs from the kernel: of the network namespace this process is in.
enum BindSurvey {
    /// The address of an endpoint; a name is looked up.
    static func address(of endpoint: EndpointArgument) async throws(UsageError) -> InternetAddress {
        guard let host = endpoint.host else {
            throw UsageError("\(ProgramOutput.quoted(endpoint.text)): name the host as well")
        }
        do {
            let addresses = try await NameResolver().addresses(of: host)
            guard let first = addresses.first else {
                throw UsageError("\(ProgramOutput.quoted(host)) has no address")
            }
            return first
        } catch let error as UsageError {
            throw error
        } catch let error as NameResolutionFailure {
            throw UsageError(error.message)
        } catch {
            throw UsageError("\(ProgramOutput.quoted(host)): \(error)")
        }
    }

    /// Looks at the sockets of a port, and at the other ends of their connections.
    static func diagnosis(of request: BindRequest) throws(UsageError) -> BindDiagnosis {
        let sightings = try self.sightings(
            local: request.port, remote: request.port)
        return BindDiagnosis(request, among: sightings, in: surroundings(of: request))
    }

    /// Looks at all sockets: those towards a destination, and what else holds ports.
    static func diagnosis(
        to destination: Destination, from source: ConnectDiagnosis.Source, bind: BindDiagnosis?
    ) throws(UsageError) -> ConnectDiagnosis {
        var address = BindProbe.sourceAddress(towards: destination)
        if let bound = bind?.request.address, !bound.isWildcard { address = bound.unmapped }
        return ConnectDiagnosis(
            to: destination, from: source, at: address, bind: bind, among: try sightings(),
            settings: PortSurvey.settings)
    }

    /// Looks again and again until bind(2) would work, or the time is over.
    static func waiting(
        for request: BindRequest, atMost limit: Duration?
    ) async throws -> BindDiagnosis {
        let clock = ContinuousClock()
        let end = limit.map { clock.now + $0 }
        while true {
            let diagnosis = try self.diagnosis(of: request)
            let isOver = end.map { clock.now >= $0 } ?? false
            if diagnosis.verdict == .works || isOver { return diagnosis }
            try await clock.sleep(for: interval)
        }
    }

    private static let interval = Duration.milliseconds(200)

    /// Binds a socket, and says what came of it; whether that was success.
    static func probe(
        _ request: BindRequest, _ diagnosis: inout BindDiagnosis, _ remarks: inout [String]
    ) -> Bool {
        let code = BindProbe.bind(request)
        if let code {
            remarks.append("Proved: bind() on a socket of our own has failed just now: \(code).")
        } else {
            remarks.append(
                "Proved: bind() on a socket of our own has succeeded just now. It did not listen, and "
                    + "is closed again.")
        }
        switch (code, diagnosis.verdict) {
        case (nil, .uncertain): diagnosis.settle(works: true)
        case (.addressInUse?, .uncertain): diagnosis.settle(works: false)
        case (_, _): break
        }
        return code == nil
    }

    /// What could not be seen, and what would show it.
    static func remarks(on diagnosis: BindDiagnosis) -> [String] {
        let isHidden = diagnosis.blockers.contains { blocker in
            if case .hidden = blocker.sighting.ownership { return true }
            return false
        }
        return isHidden ? ["As root it would say whose sockets these are."] : []
    }

    private static func surroundings(of request: BindRequest) -> BindDiagnosis.Surroundings {
        var surroundings = BindDiagnosis.Surroundings()
        surroundings.addressIsHere = BindProbe.isHere(request.address)
        let firstFree = PortSurvey.setting("ipv4.ip_unprivileged_port_start").flatMap { Int($0) }
        surroundings.portIsAllowed =
            Int(request.port) >= firstFree ?? 1024 || mayBindPrivilegedPorts
        surroundings.settings = PortSurvey.settings
        return surroundings
    }

    /// Whether this process has `CAP_NET_BIND_SERVICE` (capabilities(7)).
    private static var mayBindPrivilegedPorts: Bool {
        let status = PortSurvey.text("/proc/self/status") ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let bits = line.flatMap { line in
            UInt64(line.drop { !$0.isWhitespace }.drop(while: \.isWhitespace), radix: 16)
        }
        return (bits ?? 0) & 1 << 10 != 0
    }

    /// The sockets of a local port and those towards a remote one; without ports, all.
    private static func sightings(
        local: UInt16? = nil, remote: UInt16? = nil
    ) throws(UsageError) -> [PortSighting] {
        do throws(SocketDiagnosticsError) {
            var diagnostics = try SocketDiagnostics()
            var sockets: [SocketSnapshot] = []
            for family in SocketQuery.Family.allCases {
                sockets += try diagnostics.sockets(
                    matching: SocketQuery(family: family, localPort: local))
                if let remote {
                    sockets +=
                        try diagnostics.sockets(
                            matching: SocketQuery(family: family, remotePort: remote)
                        )
                        .filter { $0.localPort != local }
                }
            }
            return sockets.map { PortSighting($0, ownership: ownership(of: $0)) }
        } catch {
            throw UsageError("the kernel's socket table cannot be read: \(error)")
        }
    }

    private static func ownership(of socket: SocketSnapshot) -> PortSighting.Ownership {
        guard socket.inode == 0 else { return .hidden("not looked for") }
        switch socket.state {
        case .synReceived, .newSynReceived, .established, .closeWait: return .notAccepted
        case .synSent, .finWait1, .finWait2, .timeWait, .closed, .lastAck, .listen, .closing,
            .bound:
            return .nobody
        }
    }
}
