// SPDX-License-Identifier: Apache-2.0

public import TCPClosing

/// Which sockets a dump asks for; the kernel does the choosing.
public struct SocketQuery: Hashable, Sendable {
    /// An address family.
    public enum Family: UInt8, Hashable, Sendable, CaseIterable {
        /// IPv4.
        case ipv4 = 2
        /// IPv6, with the IPv4 connections of dual-stack sockets.
        case ipv6 = 10
    }

    /// The family, or `nil` for both, which takes less time than one after the other.
    public var family: Family?
    /// The states.
    public var states: SocketStates
    /// The local port, or `nil` for all.
    public var localPort: UInt16?
    /// The remote port, or `nil` for all.
    public var remotePort: UInt16?
    /// The port of either end, or `nil` for all: the sockets of a port and, where the other end is
    /// on this machine too, those that are connected to it.
    public var eitherPort: UInt16?

    /// Makes a query; without arguments, for every IPv4 socket.
    public init(
        family: Family? = .ipv4, states: SocketStates = .all, localPort: UInt16? = nil,
        remotePort: UInt16? = nil, eitherPort: UInt16? = nil
    ) {
        self.family = family
        self.states = states
        self.localPort = localPort
        self.remotePort = remotePort
        self.eitherPort = eitherPort
    }

    /// The request's body: `struct inet_diag_req_v2`, 56 bytes; for both families the older `struct
    /// inet_diag_req`, 60 bytes; then the filter, if there is one.
    package var encoded: [UInt8] { fixed + filter }

    private var fixed: [UInt8] {
        guard let family else { return encodedForBothFamilies }
        var body = Self.head(family: family.rawValue, states: states)
        body.append(networkInteger: localPort ?? 0)
        body.append(networkInteger: remotePort ?? 0)
        // Addresses and interface are not looked at in a dump.
        body += [UInt8](repeating: 0, count: 36)
        body.append(integer: UInt64.max)
        return body
    }

    /// `INET_DIAG_REQ_BYTECODE`: a program of `struct inet_diag_bc_op` that accepts a socket when it
    /// goes on at its end, and refuses it when it goes on behind that.
    private var filter: [UInt8] {
        guard let eitherPort else { return [] }
        let (jump, localIs, remoteIs): (UInt8, UInt8, UInt8) = (1, 11, 12)
        func operation(_ code: UInt8, yes: UInt8, no: UInt16) -> [UInt8] {
            var bytes = [code, yes]
            bytes.append(integer: no)
            return bytes
        }
        let port = operation(0, yes: 0, no: eitherPort)
        let program =
            operation(localIs, yes: 8, no: 12) + port + operation(jump, yes: 4, no: 12)
            + operation(remoteIs, yes: 8, no: 12) + port
        var attribute: [UInt8] = []
        attribute.append(integer: UInt16(4 + program.count))
        attribute.append(integer: UInt16(1))
        return attribute + program
    }

    private var encodedForBothFamilies: [UInt8] {
        // family (not looked at), lengths of addresses, extensions
        var body: [UInt8] = [0, 0, 0, 0]
        body.append(networkInteger: localPort ?? 0)
        body.append(networkInteger: remotePort ?? 0)
        body += [UInt8](repeating: 0, count: 36)
        body.append(integer: UInt64.max)
        body.append(integer: states.rawValue)
        // the state a socket that is missing would have
        body.append(integer: UInt32(0))
        return body
    }

    /// Whether a socket has the ports asked for.
    ///
    /// The kernel does not look at them when it lists sockets that are bound only (measured on 6.18).
    func asksFor(_ socket: SocketSnapshot) -> Bool {
        (localPort ?? socket.localPort) == socket.localPort
            && (remotePort ?? socket.remotePort) == socket.remotePort
            && (eitherPort.map { $0 == socket.localPort || $0 == socket.remotePort } ?? true)
    }

    static func head(family: UInt8, states: SocketStates) -> [UInt8] {
        // family, protocol TCP, no extensions, padding
        var body: [UInt8] = [family, 6, 0, 0]
        body.append(integer: states.rawValue)
        return body
    }
}

/// What names one connection completely: both addresses and both ports.
public struct ConnectionName: Hashable, Sendable {
    /// This end.
    public var local: Destination
    /// The other end, of the same family.
    public var remote: Destination
    /// The index of the interface the socket is bound to, or 0.
    ///
    /// The kernel finds a socket that is bound to one only for who names it.
    public var interface: UInt32

    /// Makes a name; the two addresses are of one family.
    public init(local: Destination, remote: Destination, interface: UInt32 = 0) {
        self.local = local
        self.remote = remote
        self.interface = interface
    }

    /// The request's body: `struct inet_diag_req_v2`, with the cookie that means any.
    package var encoded: [UInt8] {
        var body = SocketQuery.head(family: family, states: .all)
        body.append(networkInteger: local.port)
        body.append(networkInteger: remote.port)
        body += Self.sixteenBytes(of: local.address)
        body += Self.sixteenBytes(of: remote.address)
        body.append(integer: zone == 0 ? interface : zone)
        body.append(integer: UInt64.max)
        return body
    }

    private var family: UInt8 {
        switch local.address {
        case .v4: KernelFamily.ipv4
        case .v6: KernelFamily.ipv6
        }
    }

    private var zone: UInt32 {
        switch local.address {
        case .v4: 0
        case .v6(high: _, low: _, let zone): zone
        }
    }

    private static func sixteenBytes(of address: InternetAddress) -> [UInt8] {
        var bytes: [UInt8] = []
        switch address {
        case .v4(let bits):
            bytes.append(networkInteger: bits)
            bytes += [UInt8](repeating: 0, count: 12)
        case .v6(let high, let low, zone: _):
            bytes.append(networkInteger: high)
            bytes.append(networkInteger: low)
        }
        return bytes
    }
}
