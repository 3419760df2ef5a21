// SPDX-License-Identifier: Apache-2.0

import BindTables
import PrivateNetworks
import SocketDiagnostics
import TCPClosing

/// The existing socket of a cell, live, in its state, with a port of its own.
final class ExistingSocket {
    /// The kernel shows another state than was meant.
    struct WrongState: Error, CustomStringConvertible {
        var found: SocketState?

        var description: String { "the kernel shows \(found.map { "\($0)" } ?? "nothing")" }
    }

    private let network: PlayedNetwork
    private let cell: BindCell
    /// The socket, as long as the state has a descriptor.
    let socket: BareSocket
    private(set) var port: UInt16
    private var connection: PlayedConnection?

    /// Makes the socket of a cell on a port that nobody uses.
    init(
        _ cell: BindCell, in network: PlayedNetwork, port: UInt16, hasTimestamps: Bool = true
    ) throws {
        self.network = network
        self.cell = cell
        self.port = port
        FileSystemUser.become(cell.users.old)
        let bindAddress = cell.origin.bindAddress(for: cell.address)
        let first = try Self.makeSocket(cell.address, cell.flags)
        if bindAddress?.setsIPv6Only == true || cell.origin == .clientAutoV6Only {
            try first.set(.ipv6Only(true))
        }
        if let interface = cell.interface.name { try first.set(.interface(interface)) }
        if let bindAddress {
            let named = cell.origin == .clientPort0 ? 0 : port
            try Self.expect(first.bind(bindAddress.address, port: named))
        }
        if cell.origin == .bound {
            socket = first
            if cell.state == .listening { try Self.expect(first.listen()) }
            return
        }
        if cell.origin.isServer {
            (socket, connection) = try Self.accept(cell, on: first, network, port, hasTimestamps)
        } else {
            socket = first
            let played = try Self.connect(cell, first, network, hasTimestamps)
            self.port = played.local.port
            connection = played
        }
        try proceed()
        try checkState()
    }

    static func makeSocket(_ address: CellAddress, _ flags: CellFlags) throws -> BareSocket {
        let socket = try BareSocket(address.isIPv4Socket ? .v4 : .v6)
        if flags.reusesAddress { try socket.set(.reuseAddress(true)) }
        if flags.reusesPort { try socket.set(.reusePort(true)) }
        return socket
    }

    /// The remote end of cells' connections, as the wire has it.
    static func remote(overIPv6 isIPv6: Bool, port: UInt16 = 514) -> Destination {
        Destination(
            address: isIPv6 ? PlayedNetwork.Address.remoteV6 : PlayedNetwork.Address.remoteV4,
            port: port)
    }

    private static func accept(
        _ cell: BindCell, on listener: BareSocket, _ network: PlayedNetwork, _ port: UInt16,
        _ hasTimestamps: Bool
    ) throws -> (BareSocket, PlayedConnection) {
        try expect(listener.listen())
        var played = PlayedConnection(
            network, local: Destination(address: cell.address.address.unmapped, port: port),
            remote: remote(overIPv6: cell.address == .v6), hasTimestamps: hasTimestamps)
        try played.send(.syn)
        try played.receive([.syn, .ack])
        if cell.state == .handshake {
            listener.close()
            return (listener, played)
        }
        try played.send(.ack)
        guard let accepted = listener.accept() else { throw WrongState(found: nil) }
        listener.close()
        return (accepted, played)
    }

    private static func connect(
        _ cell: BindCell, _ socket: BareSocket, _ network: PlayedNetwork, _ hasTimestamps: Bool
    ) throws -> PlayedConnection {
        let remote = remote(overIPv6: cell.address == .v6)
        try expect(socket.connect(to: named(remote, for: cell.address)))
        let local = Destination(
            address: cell.address.address.unmapped, port: try socket.localPort())
        var played = PlayedConnection(
            network, local: local, remote: remote, hasTimestamps: hasTimestamps)
        try played.receive(.syn)
        if cell.state == .synSent { return played }
        if cell.state == .synReceived {
            try played.send(.syn)
            try played.receive([.syn, .ack])
            return played
        }
        try played.send([.syn, .ack])
        try played.receive(.ack)
        return played
    }

    /// A destination in the family of a socket: a mapped one for IPv4 over an IPv6 socket.
    static func named(_ destination: Destination, for address: CellAddress) -> Destination {
        guard !address.isIPv4Socket, case .v4(let bits) = destination.address else {
            return destination
        }
        return Destination(
            address: .v6(high: 0, low: 0xffff_0000_0000 | UInt64(bits), zone: 0),
            port: destination.port)
    }

    /// From ESTABLISHED to the state of the cell.
    private func proceed() throws {
        guard var played = connection else { return }
        switch cell.state {
        case .bound, .listening, .synSent, .handshake, .synReceived, .established: return
        case .finWait1:
            socket.close()
            try played.receive([.fin, .ack])
        case .finWait2:
            try socket.shutDown()
            try played.receive([.fin, .ack])
            try played.send(.ack)
        case .finWait2Record, .timeWait:
            socket.close()
            try played.receive([.fin, .ack])
            try played.send(.ack)
            if cell.state == .timeWait {
                try played.send([.fin, .ack])
                try played.receive(.ack)
            }
        case .closing:
            socket.close()
            try played.receive([.fin, .ack])
            try played.send([.fin, .ack], acknowledging: played.expected - 1)
            try played.receive(.ack)
        case .closeWait, .lastAck:
            // Its ACK may be delayed, and is not needed.
            try played.send([.fin, .ack])
            if cell.state == .lastAck {
                socket.close()
                try played.receive([.fin, .ack])
            }
        case .deadDescriptor: try played.send([.rst, .ack])
        }
        connection = played
    }

    /// What the kernel shows of the connection.
    func snapshot() throws -> SocketSnapshot? {
        guard let connection else { return nil }
        return try network.snapshot(
            of: ConnectionName(
                local: connection.local, remote: connection.remote,
                interface: cell.interface == .wire ? network.interfaceIndex : 0))
    }

    private func checkState() throws {
        let found = try snapshot()
        let isRight: Bool
        if let found {
            isRight =
                TCPState(named: "\(found.state)") == cell.state.tcpState
                && found.isMiniSocket == cell.state.isMiniSocket
        } else {
            isRight = cell.state == .deadDescriptor
        }
        guard isRight else { throw WrongState(found: found?.state) }
    }

    /// Has everything go, and what it has sent.
    func end() throws {
        if var connection, cell.state != .deadDescriptor { try connection.end() }
        socket.close()
        while try network.receive() != nil {}
    }
}
