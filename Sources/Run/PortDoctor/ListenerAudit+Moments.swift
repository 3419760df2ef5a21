// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing

/// What is possible at some moments of a socket's life, and for its own user.
extension ListenerAudit {
    /// Bound and not listening: a stranger's socket that shares the port may listen first.
    mutating func addNotListening(_ socket: AuditedSocket) {
        guard facts.isForEverybody(socket.port) else { return }
        let request = socket.request(by: stranger, reusingAddress: true)
        guard let dependsOn = BindRule.bind(request, among: holders(on: socket.port)).dependsOn
        else { return }
        findings.append(
            AuditFinding(
                kind: .notListening, severity: dependsOn.isEmpty ? .high : .medium,
                sockets: [socket],
                places: [AuditFinding.Place(destination: socket.place, dependsOn: dependsOn)],
                dependsOn: dependsOn, requests: [request]))
    }

    /// `SO_REUSEPORT`: whoever runs as the same user may listen beside it.
    mutating func addSameUser(_ service: [AuditedSocket]) {
        let user = service[0].socket.userID
        // Root needs no way in.
        guard user != 0 else { return }
        let requests = service.filter { $0.reusesPort == true }
            .map { $0.request(by: user, reusingPort: true) }
            .filter { BindRule.bind($0, among: holders(on: $0.port)) == .succeeds }
        guard !requests.isEmpty else { return }
        findings.append(
            AuditFinding(
                kind: .sameUser, severity: .medium,
                sockets: service.filter { $0.reusesPort == true },
                places: requests.map {
                    AuditFinding.Place(
                        destination: Destination(address: $0.address, port: $0.port),
                        interface: $0.interface)
                }, requests: requests))
    }

    /// When the listener is closed, what is left of its connections keeps strangers out only as long
    /// as it has not got `SO_REUSEADDR`, and it lasts only so long.
    mutating func addRestart(_ service: [AuditedSocket]) {
        let closing = service.filter { !$0.isKeptBySystemd }
        guard !closing.isEmpty else { return }
        var windows: [AuditedSocket] = []
        var unknowns: Set<PortUnknown> = []
        for socket in closing {
            let request = socket.request(by: stranger, reusingAddress: true)
            guard let dependsOn = BindRule.bind(request, among: [socket.remains]).dependsOn else {
                continue
            }
            windows.append(socket)
            unknowns.formUnion(dependsOn)
        }
        let kind = windows.isEmpty ? AuditFinding.Kind.whileDown : .restartWindow
        let found = windows.isEmpty ? closing : windows
        findings.append(
            AuditFinding(
                kind: kind, severity: windows.isEmpty ? .low : .medium, sockets: found,
                places: found.map {
                    AuditFinding.Place(
                        destination: $0.place, interface: $0.socket.interface)
                }, dependsOn: PortUnknown.allCases.filter(unknowns.contains)))
    }
}
