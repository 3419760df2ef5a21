// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// One real connection between the two networks, open, with nothing in flight.
final class LabConnection {
    private let networks: PrivateNetworks
    /// The sockets of both ends.
    let sockets: [ConnectionEnd: LabSocket]
    /// The first number after each end's SYN.
    let firstSequence: [ConnectionEnd: UInt32]
    private let names: [ConnectionEnd: ConnectionName]
    private let ports: [ConnectionEnd: UInt16]
    /// Listeners on the ports of both ends, and connections made later.
    private var others: [LabSocket] = []

    /// How long the kernel may take for what it does at once.
    static let patience = Duration.seconds(2)

    /// Opens a connection from A to B through the wire.
    ///
    /// - Parameters:
    ///   - networks: where.
    ///   - portA: A's port.
    ///   - portB: B's port.
    ///   - listens: whether both ends listen on their ports from then on. Without it nobody listens
    ///     any more when this returns.
    /// - Throws: what the kernel refused.
    init(
        on networks: PrivateNetworks, portA: UInt16, portB: UInt16, listens: Bool = false
    ) throws(PrivateNetworkError) {
        self.networks = networks
        let listener = try Self.socket(on: networks, at: .b, port: portB, shares: listens)
        try listener.listen()
        let client = try Self.socket(on: networks, at: .a, port: portA, shares: listens)
        try client.connect(to: networks.address(of: .b), port: portB)

        var first: [ConnectionEnd: UInt32] = [:]
        var accepted: LabSocket?
        let deadline = ContinuousClock.now + Self.patience
        while accepted == nil {
            guard ContinuousClock.now < deadline else {
                throw PrivateNetworkError("open a connection", .timedOut)
            }
            for segment in networks.wire.inFlight {
                if segment.packet.flags.contains(.syn) {
                    first[segment.from] = segment.packet.sequence &+ 1
                }
                try networks.wire.deliver(segment)
            }
            accepted = try listener.accept()
            if accepted == nil { try networks.wire.collect(within: .milliseconds(50)) }
        }
        guard let accepted else { throw PrivateNetworkError("accept", .timedOut) }
        sockets = [.a: client, .b: accepted]
        ports = [.a: portA, .b: portB]
        firstSequence = first
        names = Self.names(ports, networks.family)
        if listens {
            let other = try Self.socket(on: networks, at: .a, port: portA, shares: true)
            try other.listen()
            others = [listener, other]
        } else {
            listener.close()
        }
    }

    /// A bound socket; one that shares its port does so with listeners too.
    private static func socket(
        on networks: PrivateNetworks, at end: ConnectionEnd, port: UInt16, shares: Bool
    ) throws(PrivateNetworkError) -> LabSocket {
        let socket = try networks.makeSocket(at: end)
        try socket.set(.reuseAddress)
        if shares { try socket.set(.reusePort) }
        try socket.bind(networks.address(of: end), port: port)
        return socket
    }

    /// Connects from the port of an end to that of the other one more time.
    func reconnect(from end: ConnectionEnd) throws(PrivateNetworkError) {
        let socket = try Self.socket(on: networks, at: end, port: ports[end] ?? 0, shares: true)
        others.append(socket)
        try socket.connect(to: networks.address(of: end.other), port: ports[end.other] ?? 0)
    }

    private static func names(
        _ ports: [ConnectionEnd: UInt16], _ family: NetworkFamily
    ) -> [ConnectionEnd: ConnectionName] {
        func place(_ end: ConnectionEnd) -> Destination {
            Destination(address: family.address(of: end), port: ports[end] ?? 0)
        }
        return [
            .a: ConnectionName(local: place(.a), remote: place(.b)),
            .b: ConnectionName(local: place(.b), remote: place(.a)),
        ]
    }

    /// What an end's kernel shows now.
    func shown(at end: ConnectionEnd) throws(PrivateNetworkError) -> EndShown {
        guard let name = names[end] else { return .gone }
        return EndShown(try networks.snapshot(of: name, at: end))
    }

    /// Whether a segment on the wire is one of this connection.
    func owns(_ segment: WireSegment) -> Bool {
        segment.packet.sourcePort == ports[segment.from]
            && segment.packet.destinationPort == ports[segment.from.other]
    }

    /// Leaves nothing behind: neither sockets nor records nor segments.
    func discard() throws(PrivateNetworkError) {
        for socket in others { socket.close() }
        for end in ConnectionEnd.allCases {
            sockets[end]?.close()
            if let name = names[end] { try networks.destroy(name, at: end) }
        }
        try networks.wire.collect()
        for segment in networks.wire.inFlight { networks.wire.drop(segment) }
    }
}
