// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import SocketDiagnostics
import TCPClosing

/// A machine for audits: sockets as the kernel would tell of them, and what is known about them.
struct AuditFixture {
    private(set) var facts = AuditFacts()
    private var lastInode: UInt32 = 100

    static let loopbackV4 = InternetAddress.v4(0x7f00_0001)
    static let loopbackV6 = InternetAddress.v6(high: 0, low: 1, zone: 0)
    static let anyV4 = InternetAddress.v4(0)
    static let anyV6 = InternetAddress.v6(high: 0, low: 0, zone: 0)
    static let ethernetV4 = InternetAddress.v4(0x0a00_0005)
    static let ethernetV6 = InternetAddress.v6(high: 0x2001_0db8 << 32, low: 5, zone: 0)

    init(asRoot: Bool = true) {
        facts.isRoot = asRoot
        facts.addresses = [
            LocalAddress(Self.loopbackV4, interface: 1),
            LocalAddress(Self.loopbackV6, interface: 1),
            LocalAddress(Self.ethernetV4, interface: 2),
            LocalAddress(Self.ethernetV6, interface: 2),
        ]
        facts.localhost = [Self.loopbackV6, Self.loopbackV4]
        facts.userNames = [0: "root", 33: "www-data", 109: "redis", 1000: "ada", 1001: "bob"]
    }

    var report: AuditReport { AuditReport(of: facts) }

    /// The findings by name, as `kind severity places`.
    var found: [String] {
        report.findings.map { finding in
            let places = finding.places.map {
                "\($0.destination)" + ($0.dependsOn.isEmpty ? "" : "?")
            }
            return ([finding.kind.rawValue, finding.severity.rawValue] + places)
                .joined(separator: " ")
        }
    }

    mutating func change(_ body: (inout AuditFacts) -> Void) { body(&facts) }

    /// Adds a socket; its options are known to root, and its process too if it has a name.
    mutating func add(
        _ address: InternetAddress, _ port: UInt16, _ state: SocketState = .listen,
        user: UInt32 = 1000, options: String? = "", isIPv6Only: Bool = false,
        process: String? = "server", number: Int32 = 812, group: String? = nil,
        remotePort: UInt16 = 0
    ) throws {
        lastInode += 1
        let groupNumber = UInt64(lastInode) + 9000
        facts.sockets.append(
            try Self.snapshot(
                state, address, port, remotePort, user, lastInode, isIPv6Only, groupNumber))
        if let group { facts.controlGroups[groupNumber] = ControlGroup(path: group) }
        guard facts.isRoot, let process else {
            facts.ownerships[lastInode] = .notVisible([.otherUser(user)])
            return
        }
        let described = ProcessDescription(
            number: number, name: process, userID: user, startedAfterBoot: .seconds(9),
            controlGroup: group.map { ControlGroup(path: $0) })
        facts.ownerships[lastInode] = .owned([SocketOwner(process: described, descriptor: 3)])
        guard let options else { return }
        facts.options[lastInode] = SharingOptions(
            reusesAddress: options.contains("A"), reusesPort: options.contains("P"))
    }

    /// What is left of a connection.
    static func timeWait(_ port: UInt16) throws -> SocketSnapshot {
        try snapshot(.timeWait, loopbackV4, port, 40_000, 0, 0, false, 0)
    }

    private static func snapshot(
        _ state: SocketState, _ address: InternetAddress, _ port: UInt16, _ remotePort: UInt16,
        _ user: UInt32, _ inode: UInt32, _ isIPv6Only: Bool, _ group: UInt64
    ) throws -> SocketSnapshot {
        let isIPv4 = if case .v4 = address { true } else { false }
        var body: [UInt8] = [isIPv4 ? 2 : 10, state.rawValue, 0, 0]
        body.append(networkInteger: port)
        body.append(networkInteger: remotePort)
        switch address {
        case .v4(let bits):
            body.append(networkInteger: bits)
            body += [UInt8](repeating: 0, count: 12)
        case .v6(let high, let low, zone: _):
            body.append(networkInteger: high)
            body.append(networkInteger: low)
        }
        body += [UInt8](repeating: 0, count: 20)  // remote address, interface
        body.append(integer: UInt64(inode))  // cookie
        body += [UInt8](repeating: 0, count: 12)  // timer, queues
        body.append(integer: user)
        body.append(integer: inode)
        if !isIPv4 {
            body.append(integer: UInt16(5))
            body.append(integer: UInt16(11))
            // bind(2) to one address sets it silently.
            body += [isIPv6Only || address != anyV6 ? 1 : 0, 0, 0, 0]
        }
        body.append(integer: UInt16(12))
        body.append(integer: UInt16(21))
        body.append(integer: group)
        return try SocketSnapshot(kernel: body)
    }
}
