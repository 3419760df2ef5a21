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
            try networks.askTable(of: .a) { table throws(SocketDiagnosticsError) in
                try table.socket(of: ConnectionName(local: a, remote: b))?.state
            },
            try networks.askTable(of: .b) { table throws(SocketDiagnosticsError) in
                try table.socket(of: ConnectionName(local: b, remote: a))?.state
            },
        ]
    }

    /// The links this machine allows: everywhere packets, and TUN where /dev/net/tun may be opened.
    @Test(arguments: [LinkKind.packet, nil])
    func `carries one segment at a time`(kind: LinkKind?) async throws {
        try await onPrivateNetworks(kind) { networks in
            let wire = networks.wire
            let listener = try networks.within(.b) { () throws(PrivateNetworkError) in
                let listener = try LabSocket()
                try listener.bind(WireEnd.b.address, port: 7000)
                try listener.listen()
                return listener
            }
            let client = try networks.within(.a) { () throws(PrivateNetworkError) in
                let client = try LabSocket()
                try client.bind(WireEnd.a.address, port: 10_000)
                try client.connect(to: WireEnd.b.address, port: 7000)
                return client
            }
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
            let inside = try networks.within(.a) { () throws(PrivateNetworkError) in
                let socket = try LabSocket()
                try socket.bind(WireEnd.a.address, port: 10_001)
                return socket
            }
            let found = try networks.askTable(of: .a) { table throws(SocketDiagnosticsError) in
                try table.sockets(matching: SocketQuery(localPort: 10_001)).count
            }
            #expect(found == 1)
            inside.close()
        }
        // This thread never left its namespace.
        var outside = try SocketDiagnostics()
        #expect(try outside.sockets(matching: SocketQuery(localPort: 10_001)).isEmpty)
    }

    @Test func `has a holder process let go of its socket when it is killed`() async throws {
        try await onPrivateNetworks { networks in
            let socket = try networks.within(.a) { () throws(PrivateNetworkError) in
                let socket = try LabSocket()
                try socket.bind(WireEnd.a.address, port: 10_002)
                return socket
            }
            func count() throws -> Int {
                try networks.askTable(of: .a) { table throws(SocketDiagnosticsError) in
                    try table.sockets(matching: SocketQuery(localPort: 10_002)).count
                }
            }
            let holder = try socket.handOver()
            #expect(try count() == 1)
            holder.kill()
            #expect(try count() == 0)
        }
    }
}
