// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing

/// Which listeners another local user could take over or slip in beside: facts in, findings out.
///
/// Decides by `BindRule`, for a stranger who may do what any user may. Sockets of ports that only
/// root may bind are never found.
package struct ListenerAudit: Hashable, Sendable {
    /// Listeners, and sockets that are bound only, in the order of their ports.
    package private(set) var sockets: [AuditedSocket]
    /// The worst first.
    package internal(set) var findings: [AuditFinding] = []

    let facts: AuditFacts
    /// A user who owns nothing here, and is not root.
    let stranger: UInt32
    private let holders: [UInt16: Set<PortHolder>]

    /// Judges the facts.
    package init(of facts: AuditFacts) {
        self.facts = facts
        stranger = facts.stranger
        sockets = Self.sockets(in: facts)
        holders = Self.holders(in: facts, sockets)
        for service in services {
            addShared(service)
            addOpen(service)
            addSameUser(service)
            addRestart(service)
        }
        for socket in sockets where !socket.isListening { addNotListening(socket) }
        let kinds = AuditFinding.Kind.allCases
        findings.sort { one, other in
            guard one.severity == other.severity else { return one.severity > other.severity }
            guard one.kind == other.kind else {
                return kinds.firstIndex(of: one.kind) ?? 0 < kinds.firstIndex(of: other.kind) ?? 0
            }
            return one.port < other.port
        }
    }

    /// Listeners whose port only root may bind.
    package var reserved: [AuditedSocket] {
        sockets.filter { !facts.isForEverybody($0.port) }
    }

    /// Sockets in danger or not: which of these share a port, nobody told.
    package var unread: [AuditedSocket] {
        sockets.filter { facts.isForEverybody($0.port) && $0.options == nil }
    }

    /// The listeners of one port and one user, where any user may bind it.
    private var services: [[AuditedSocket]] {
        var services: [[AuditedSocket]] = []
        for socket in sockets where socket.isListening && facts.isForEverybody(socket.port) {
            let index = services.firstIndex {
                $0[0].port == socket.port && $0[0].socket.userID == socket.socket.userID
            }
            if let index { services[index].append(socket) } else { services.append([socket]) }
        }
        return services
    }

    /// What holds a port now.
    func holders(on port: UInt16) -> [PortHolder] { Array(holders[port] ?? []) }

    private static func sockets(in facts: AuditFacts) -> [AuditedSocket] {
        var sockets: [AuditedSocket] = []
        for socket in facts.sockets where socket.localPort != 0 {
            switch socket.state {
            case .listen: break
            case .closed, .bound: if socket.remotePort != 0 { continue }
            case .established, .synSent, .synReceived, .newSynReceived, .finWait1, .finWait2,
                .timeWait, .closeWait, .lastAck, .closing:
                continue
            }
            let group = socket.controlGroupID.flatMap { facts.controlGroups[$0] }
            sockets.append(
                AuditedSocket(
                    socket: socket,
                    ownership: facts.ownerships[socket.inode] ?? .notVisible([.closedMeanwhile]),
                    controlGroup: group, options: facts.options[socket.inode]))
        }
        sockets.sort {
            ($0.port, "\($0.address)", $0.socket.cookie)
                < ($1.port, "\($1.address)", $1.socket.cookie)
        }
        let listeners = Dictionary(grouping: sockets.filter(\.isListening), by: \.port)
        for index in sockets.indices {
            let socket = sockets[index]
            sockets[index].isSharing = (listeners[socket.port] ?? [])
                .contains { $0.socket.cookie != socket.socket.cookie && $0.overlaps(socket) }
        }
        return sockets
    }

    /// What bind(2) looks at, each kind of connection once: there may be a hundred thousand.
    private static func holders(
        in facts: AuditFacts, _ sockets: [AuditedSocket]
    ) -> [UInt16: Set<PortHolder>] {
        var holders: [UInt16: Set<PortHolder>] = [:]
        let byPort = Dictionary(grouping: sockets, by: \.port)
        for socket in sockets { holders[socket.port, default: []].insert(socket.holder) }
        for socket in facts.sockets {
            guard let listeners = byPort[socket.localPort],
                let state = Self.connectionState(of: socket)
            else { continue }
            var holder = PortHolder(
                state, origin: .accepted, at: socket.localAddress, port: socket.localPort)
            // It has what its listener had, if it is a connection of one.
            let listener = listeners.first {
                $0.answers(at: socket.localAddress, over: socket.interface)
            }
            holder.isIPv6Only = socket.isIPv6Only
            holder.reusesAddress = listener?.reusesAddress
            holder.reusesPort = listener?.reusesPort
            holder.userID = socket.userID
            holder.interface = socket.interface
            holder.hasTimestamps = false
            holder.age = .zero
            holders[socket.localPort]?.insert(holder)
        }
        return holders
    }

    private static func connectionState(of socket: SocketSnapshot) -> PortHolderState? {
        switch socket.state {
        case .listen: nil
        case .closed, .bound: socket.remotePort == 0 ? nil : .bound
        case .established: .established
        case .synSent: .synSent
        case .synReceived, .newSynReceived: .handshake
        case .finWait1: .finWait1
        case .finWait2: socket.isMiniSocket ? .finWait2Record : .finWait2
        case .timeWait: .timeWait
        case .closeWait: .closeWait
        case .lastAck: .lastAck
        case .closing: .closing
        }
    }
}

extension BindOutcome {
    /// Whether somebody gets in: `nil` when not, else what that depends on.
    var dependsOn: [PortUnknown]? {
        switch self {
        case .succeeds: []
        case .depends(let obstacles):
            PortUnknown.allCases.filter { unknown in
                obstacles.contains { $0.dependsOn.contains(unknown) }
            }
        case .addressInUse, .mappedAddressRefused: nil
        }
    }
}
