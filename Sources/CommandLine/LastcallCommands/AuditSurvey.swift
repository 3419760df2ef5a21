// SPDX-License-Identifier: Apache-2.0

import Console
import PortDoctor
import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing
import TCPSockets

/// Gathers what an audit judges by, and tries what it says.
enum AuditSurvey {
    /// Asks the kernel, proc(5) and the system's lists of users and hosts.
    static func facts(in namespace: NetworkNamespaceName?) async throws -> AuditFacts {
        var facts: AuditFacts
        do {
            facts = try await NetworkNamespace.visit(namespace) { try network() }
        } catch let error as SocketDiagnosticsError {
            throw UsageError("the kernel's socket table cannot be read: \(error)")
        } catch let error as PrivateNetworkError {
            throw UsageError(refusal(error, of: namespace))
        }
        addOwners(to: &facts)
        for user in Set(facts.sockets.map(\.userID)) {
            facts.userNames[user] = UserNames.name(of: user)
        }
        let release = KernelSetting.kernelName.split(separator: " ").last ?? ""
        facts.showsBoundSockets = AuditFacts.showsBoundSockets(release)
        facts.isRoot = UserNames.own == 0
        return facts
    }

    private static func refusal(
        _ error: PrivateNetworkError, of namespace: NetworkNamespaceName?
    ) -> String {
        let place = "--netns: " + ProgramOutput.quoted(namespace?.description ?? "")
        if error.isPermission {
            return "\(place) may not be entered: that needs root (CAP_SYS_ADMIN)"
        }
        return error.code == .invalidArgument
            ? "\(place) is no network namespace" : "\(place): \(error.code)"
    }

    /// What belongs to the network namespace of this thread.
    private static func network() throws -> AuditFacts {
        var facts = AuditFacts()
        var diagnostics = try SocketDiagnostics()
        for family in SocketQuery.Family.allCases {
            facts.sockets += try diagnostics.sockets(matching: SocketQuery(family: family))
        }
        facts.addresses = LocalAddress.all()
        facts.localhost = NameResolver.localhost()
        facts.settings = PortSurvey.settings
        facts.firstUnprivilegedPort =
            PortSurvey.setting("ipv4.ip_unprivileged_port_start").flatMap { Int($0) } ?? 1024
        return facts
    }

    private static func addOwners(to facts: inout AuditFacts) {
        let audited = facts.sockets.filter { $0.inode != 0 && $0.remotePort == 0 }
        let owners = SocketOwners(of: audited)
        for socket in audited {
            let ownership = owners.ownership(of: socket)
            facts.ownerships[socket.inode] = ownership
            switch ownership {
            case .owned(let owners):
                // Any copy of the descriptor has the socket's options.
                facts.options[socket.inode] =
                    owners.lazy
                    .compactMap { owner in
                        try? SharingOptions(of: owner, inode: socket.inode)
                    }
                    .first
            case .notVisible:
                guard let number = socket.controlGroupID, facts.controlGroups[number] == nil else {
                    continue
                }
                facts.controlGroups[number] = ControlGroup(number: number)
            }
        }
    }

    /// Binds a socket as a finding says, in the namespace of this thread, and closes it at once.
    ///
    /// Root asks as the user of the request; others as themselves, which proves the same of what any
    /// user may do, and nothing of what another user may.
    static func trial(_ request: BindRequest) throws -> AuditFinding.Trial? {
        var request = request
        let own = UserNames.own
        if !FileSystemUser.become(request.userID) {
            guard !request.reusesPort || request.userID == own else { return nil }
            request.userID = own
        }
        defer { FileSystemUser.become(own) }
        let isIPv4 = if case .v4 = request.address { true } else { false }
        let socket = try BareSocket(isIPv4 ? .v4 : .v6)
        if !isIPv4 { try socket.set(.ipv6Only(request.isIPv6Only)) }
        if request.reusesAddress { try socket.set(.reuseAddress(true)) }
        if request.reusesPort { try socket.set(.reusePort(true)) }
        if request.interface != 0 { try socket.set(.interfaceIndex(request.interface)) }
        let code = socket.bind(request.address, port: request.port)
        socket.close()
        switch code {
        case Errno(rawValue: 0): return AuditFinding.Trial(request, .succeeded)
        case .addressInUse: return AuditFinding.Trial(request, .addressInUse)
        case _: return AuditFinding.Trial(request, .refused("\(code)"))
        }
    }
}
