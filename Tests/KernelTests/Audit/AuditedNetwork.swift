// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing
import Threads

/// A network of its own with two users: one has a service, the other one tries to get at it.
final class AuditedNetwork {
    static let victim: UInt32 = 1234
    static let intruder: UInt32 = 1235

    /// How a service, or an intruder, makes its socket.
    struct Making: Hashable, Sendable, CustomStringConvertible {
        var address: InternetAddress
        var flags = ""
        var isIPv6Only = false
        var interface: UInt32 = 0

        init(_ address: InternetAddress, _ flags: String = "", isIPv6Only: Bool = false) {
            (self.address, self.flags, self.isIPv6Only) = (address, flags, isIPv6Only)
        }

        var description: String { "\(address) \(flags)\(isIPv6Only ? " IPv6 only" : "")" }
    }

    let network: PlayedNetwork
    private var lastPort: UInt16 = 9_999

    init() throws { network = try PlayedNetwork() }

    func freshPort() -> UInt16 {
        lastPort += 1
        return lastPort
    }

    /// What bind(2) says to a user, and the socket.
    func bind(
        _ making: Making, port: UInt16, as user: UInt32 = victim
    ) throws -> (socket: BareSocket, code: Errno) {
        FileSystemUser.become(user)
        defer { FileSystemUser.become(0) }
        let isIPv4 = if case .v4 = making.address { true } else { false }
        let socket = try BareSocket(isIPv4 ? .v4 : .v6)
        if !isIPv4 { try socket.set(.ipv6Only(making.isIPv6Only)) }
        if making.flags.contains("A") { try socket.set(.reuseAddress(true)) }
        if making.flags.contains("P") { try socket.set(.reusePort(true)) }
        if making.interface != 0 { try socket.set(.interfaceIndex(making.interface)) }
        return (socket, socket.bind(making.address, port: port))
    }

    /// A service of the victim's.
    func serve(
        _ making: Making, port: UInt16, as user: UInt32 = victim, listens: Bool = true
    ) throws -> BareSocket {
        let (socket, code) = try bind(making, port: port, as: user)
        try ExistingSocket.expect(code)
        if listens { try ExistingSocket.expect(socket.listen()) }
        return socket
    }

    /// What somebody who calls an address gets to talk to, of these.
    func answering(
        _ address: InternetAddress, port: UInt16, among servers: [BareSocket]
    ) throws -> Int? {
        let isIPv4 = if case .v4 = address { true } else { false }
        let client = try BareSocket(isIPv4 ? .v4 : .v6)
        try client.set(.lingerZero)
        let code = client.connect(to: Destination(address: address, port: port))
        guard code.rawValue == 0 else { return nil }
        return servers.firstIndex { server in
            guard let accepted = server.accept() else { return false }
            accepted.close()
            return true
        }
    }

    /// What an audit finds on a port, as root or as somebody who may not read options.
    func findings(
        on port: UInt16, asRoot: Bool = true, firstUnprivilegedPort: Int = 1024
    ) throws -> [AuditFinding] {
        var facts = AuditFacts()
        var diagnostics = try SocketDiagnostics()
        for family in SocketQuery.Family.allCases {
            facts.sockets += try diagnostics.sockets(
                matching: SocketQuery(family: family, localPort: port))
        }
        facts.addresses = LocalAddress.all()
        facts.localhost = [.v6(high: 0, low: 1, zone: 0), .v4(0x7f00_0001)]
        facts.firstUnprivilegedPort = firstUnprivilegedPort
        facts.isRoot = asRoot
        if asRoot {
            let owners = SocketOwners(of: facts.sockets)
            for socket in facts.sockets {
                let ownership = owners.ownership(of: socket)
                facts.ownerships[socket.inode] = ownership
                guard case .owned(let owners) = ownership, let owner = owners.first else {
                    continue
                }
                facts.options[socket.inode] = try SharingOptions(of: owner, inode: socket.inode)
            }
        }
        return ListenerAudit(of: facts).findings
    }

    /// Runs the body on a thread of its own, in such a network; not at all where only one user may
    /// be, as in some user namespaces.
    static func run<Result: Sendable>(
        _ body: @escaping @Sendable (AuditedNetwork) throws -> Result
    ) async throws -> Result? {
        try await DetachedThread.run { () -> Swift.Result<Result?, any Error> in
            Swift.Result {
                guard FileSystemUser.isEveryUser() else { return nil }
                return try body(AuditedNetwork())
            }
        }
        .get()
    }
}

extension InternetAddress {
    static let loopbackV4 = InternetAddress.v4(0x7f00_0001)
    static let loopbackV6 = InternetAddress.v6(high: 0, low: 1, zone: 0)
    static let anyV4 = InternetAddress.v4(0)
    static let anyV6 = InternetAddress.v6(high: 0, low: 0, zone: 0)
}
