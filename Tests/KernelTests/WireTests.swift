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
        let a = Destination(address: networks.address(of: .a), port: 10_000)
        let b = Destination(address: networks.address(of: .b), port: port)
        return [
            try networks.snapshot(of: ConnectionName(local: a, remote: b), at: .a)?.state,
            try networks.snapshot(of: ConnectionName(local: b, remote: a), at: .b)?.state,
        ]
    }

    /// The links this machine allows: everywhere packets, and TUN where /dev/net/tun may be opened.
    @Test(arguments: [LinkKind.packet, nil], NetworkFamily.allCases)
    func `carries one segment at a time`(kind: LinkKind?, family: NetworkFamily) async throws {
        try await onPrivateNetworks(NetworkPlan(link: kind, family: family)) { networks in
            let wire = networks.wire
            let listener = try networks.makeSocket(at: .b)
            try listener.bind(networks.address(of: .b), port: 7000)
            try listener.listen()
            let client = try networks.makeSocket(at: .a)
            try client.bind(networks.address(of: .a), port: 10_000)
            try client.connect(to: networks.address(of: .b), port: 7000)
            // A process that another test starts has copies of our sockets for a moment, and until it
            // has let go of them closing one does nothing.
            func expectStates(_ wanted: [SocketState?]) throws {
                let deadline = ContinuousClock.now + .seconds(2)
                while try Self.states(networks, 7000) != wanted, ContinuousClock.now < deadline {
                    try wire.collect(within: .milliseconds(2))
                }
                #expect(try Self.states(networks, 7000) == wanted)
            }
            func next(_ from: ConnectionEnd, _ flags: TCPFlags) throws {
                while wire.inFlight.isEmpty {
                    try #require(try wire.collect(within: .seconds(2)))
                }
                let segment = try #require(wire.inFlight.first)
                #expect(segment.from == from)
                #expect(segment.packet.flags.subtracting(.psh) == flags)
                try wire.deliver(segment)
            }
            try expectStates([.synSent, nil])
            try next(.a, .syn)
            try expectStates([.synSent, .synReceived])
            try next(.b, [.syn, .ack])
            try expectStates([.established, .synReceived])
            try next(.a, .ack)
            try expectStates([.established, .established])
            let server = try #require(try listener.accept())

            client.close()
            try expectStates([.finWait1, .established])
            try next(.a, [.fin, .ack])
            try expectStates([.finWait1, .closeWait])
            try next(.b, .ack)
            try expectStates([.finWait2, .closeWait])
            server.close()
            try expectStates([.finWait2, .lastAck])
            try next(.b, [.fin, .ack])
            try expectStates([.timeWait, .lastAck])
            try next(.a, .ack)
            try expectStates([.timeWait, nil])
        }
    }

    @Test func `is not seen from the network outside`() async throws {
        try await onPrivateNetworks { networks in
            let inside = try networks.makeSocket(at: .a)
            try inside.bind(networks.address(of: .a), port: 10_001)
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
            try socket.bind(networks.address(of: .a), port: 10_002)
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
