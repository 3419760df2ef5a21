// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import TCPClosing
import Testing

@Suite struct `A wire between two networks` {
    /// What a connection's two ends show.
    private static func states(
        _ networks: PrivateNetworks, _ port: UInt16
    ) throws -> [SocketState?] {
        let a = Destination(address: .v4(WireEnd.a.address), port: 10_000)
        let b = Destination(address: .v4(WireEnd.b.address), port: port)
        return [
            try networks.snapshot(of: ConnectionName(local: a, remote: b), at: .a)?.state,
            try networks.snapshot(of: ConnectionName(local: b, remote: a), at: .b)?.state,
        ]
    }

    /// The links this machine allows: everywhere packets, and TUN where /dev/net/tun may be opened.
    @Test(arguments: [LinkKind.packet, nil])
    func `carries one segment at a time`(kind: LinkKind?) async throws {
        try await onPrivateNetworks(kind) { networks in
            let wire = networks.wire
            let listener = try networks.makeSocket(at: .b)
            try listener.bind(WireEnd.b.address, port: 7000)
            try listener.listen()
            let client = try networks.makeSocket(at: .a)
            try client.bind(WireEnd.a.address, port: 10_000)
            try client.connect(to: WireEnd.b.address, port: 7000)
            func next(_ from: WireEnd, _ flags: TCPFlags) throws {
                while wire.inFlight.isEmpty {
                    try #require(try wire.collect(within: .seconds(2)))
                }
                let segment = try #require(wire.inFlight.first)
                #expect(segment.from == from)
                #expect(segment.packet.flags.subtracting(.psh) == flags)
                try wire.deliver(segment)
            }
            #expect(try Self.states(networks, 7000) == [.synSent, nil])
            try next(.a, .syn)
            #expect(try Self.states(networks, 7000) == [.synSent, .synReceived])
            try next(.b, [.syn, .ack])
            #expect(try Self.states(networks, 7000) == [.established, .synReceived])
            try next(.a, .ack)
            #expect(try Self.states(networks, 7000) == [.established, .established])
            let server = try #require(try listener.accept())

            client.close()
            #expect(try Self.states(networks, 7000) == [.finWait1, .established])
            try next(.a, [.fin, .ack])
            #expect(try Self.states(networks, 7000) == [.finWait1, .closeWait])
            try next(.b, .ack)
            #expect(try Self.states(networks, 7000) == [.finWait2, .closeWait])
            server.close()
            #expect(try Self.states(networks, 7000) == [.finWait2, .lastAck])
            try next(.b, [.fin, .ack])
            #expect(try Self.states(networks, 7000) == [.timeWait, .lastAck])
            try next(.a, .ack)
            #expect(try Self.states(networks, 7000) == [.timeWait, nil])
        }
    }

    @Test func `is not seen from the network outside`() async throws {
        try await onPrivateNetworks { networks in
            let inside = try networks.makeSocket(at: .a)
            try inside.bind(WireEnd.a.address, port: 10_001)
            let query = SocketQuery(localPort: 10_001)
            #expect(try networks.sockets(matching: query, at: .a).count == 1)
            #expect(try networks.sockets(matching: query, at: .b).isEmpty)
            inside.close()
        }
        // This thread never left its namespace.
        var outside = try SocketDiagnostics()
        #expect(try outside.sockets(matching: SocketQuery(localPort: 10_001)).isEmpty)
    }

    @Test func `has a holder process let go of its socket when it is killed`() async throws {
        try await onPrivateNetworks { networks in
            let socket = try networks.makeSocket(at: .a)
            try socket.bind(WireEnd.a.address, port: 10_002)
            func count() throws -> Int {
                try networks.sockets(matching: SocketQuery(localPort: 10_002), at: .a).count
            }
            let holder = try socket.handOver()
            #expect(try count() == 1)
            holder.kill()
            #expect(try count() == 0)
        }
    }
}
