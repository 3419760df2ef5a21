// SPDX-License-Identifier: Apache-2.0

import Synchronization
import SystemPackage
import TCPClosing
import TCPSockets
import Testing

@Suite struct `A port pool` {
    @Test func `reaches hundreds of destinations at once from two ports`() async throws {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            let ports = try freePorts(2)
            let pool = PortPool(ports: ports, loop: loop)
            var open: [(end: Endpoint, lease: FourTuple)] = []
            var accepted: [Endpoint] = []
            for subnet: UInt32 in 1...3 {
                for host: UInt32 in 1...100 {
                    let destination = Destination(
                        address: loopback(host, subnet: subnet), port: port)
                    open.append(try await pool.open(destination, on: loop))
                    let (remote, peer) = try await server.accept()
                    #expect(peer?.port == open.last?.lease.localPort)
                    accepted.append(remote)
                }
            }
            for (end, lease) in open {
                #expect(try end.shared.socket.localPort() == lease.localPort)
            }
            #expect(Set(open.map(\.lease)).count == 300)
            #expect(Set(open.map(\.lease.localPort)) == Set(ports))
        }
    }

    @Test func `passes over a port that another program holds`() async throws {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            let foreign = try TCPSocket(towards: .v4(0))
            try foreign.bind(.v4(0), port: 0)
            let held = try foreign.localPort()
            let own = try freePorts(1)[0]
            let pool = PortPool(ports: [held, own], loop: loop)
            var open: [(end: Endpoint, lease: FourTuple)] = []
            for host: UInt32 in 1...5 {
                let destination = Destination(address: loopback(host), port: port)
                open.append(try await pool.open(destination, on: loop))
                #expect(open.last?.lease.localPort == own)
            }
            // Its holder goes: a request that waits is served when the port is tried again.
            let again = Destination(address: loopback(1), port: port)
            let socket = SharedTCPSocket(foreign)
            let reasons = Log<PortLedger.Reason>()
            let holder = Mutex<SharedTCPSocket?>(socket)
            _ = consume socket
            let served = try await pool.open(again, on: loop) { reason in
                reasons.add(reason)
                holder.withLock { $0 = nil }
            }
            #expect(served.lease.localPort == held)
            #expect(reasons.entries == [.heldByOthers(ports: 1)])
            withExtendedLifetime(server) {}
        }
    }

    @Test func `passes over a four-tuple that another socket has`() async throws {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            let ports = try freePorts(2)
            let destination = Destination(address: loopback(1), port: port)
            let other = PortPool(ports: [ports[0]], loop: loop)
            let first = try await other.open(destination, on: loop)
            let pool = PortPool(ports: ports, loop: loop)
            let second = try await pool.open(destination, on: loop)
            #expect(second.lease.localPort == ports[1])
            withExtendedLifetime((server, first)) {}
        }
    }

    @Test func `serves those who wait for a destination in turn`() async throws {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            let pool = PortPool(ports: try freePorts(1), loop: loop)
            let destination = Destination(address: loopback(1), port: port)
            let order = Log<Int>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask(executorPreference: loop) {
                        let lease: FourTuple
                        do {
                            let connecting = try await pool.connect(
                                to: destination, withdrawal: PortRequest(), waiting: { _ in })
                            lease = connecting.lease
                            order.add(number)
                            connecting.takeSocket().close(.reset)
                        }
                        pool.giveBack(lease, after: nil)
                    }
                }
                try await group.waitForAll()
            }
            #expect(order.entries == Array(0..<20))
            withExtendedLifetime(server) {}
        }
    }

    @Test(arguments: [false, true])
    func `lets a request go that is withdrawn, or whose task is cancelled`(
        byCancellation: Bool
    ) async throws {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            let pool = PortPool(ports: try freePorts(1), loop: loop)
            let destination = Destination(address: loopback(1), port: port)
            let first = try await pool.open(destination, on: loop)
            let request = PortRequest()
            let waiting = Wakeups()
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) {
                    _ = try await pool.open(destination, on: loop, withdrawal: request) { _ in
                        waiting.post(.call)
                    }
                }
                _ = await waiting.next()
                if byCancellation { group.cancelAll() } else { request.withdraw() }
                await #expect(throws: Errno.canceled) { try await group.next() }
            }
            // The next one is not behind a ghost.
            pool.giveBack(first.lease, after: nil)
            await #expect(throws: Errno.canceled) {
                try await pool.open(destination, on: loop, withdrawal: request)
            }
            withExtendedLifetime((server, first)) {}
        }
    }

    @Test func `says what no other port would cure, and keeps nothing`() async throws {
        try await withLoop { loop in
            let pool = PortPool(ports: try freePorts(1), loop: loop)
            // A broadcast address cannot be connected to.
            let destination = Destination(address: .v4(0xffff_ffff), port: 9)
            for _ in 0..<2 {
                await #expect(throws: Errno.self) { try await pool.open(destination, on: loop) }
            }
        }
    }
}

@Suite struct `Linux lets two sockets share a local port` {
    private static func connect(
        _ port: UInt16, to destination: Destination, shares: Bool
    ) throws -> SharedTCPSocket {
        let socket = try TCPSocket(towards: destination.address)
        if shares { try socket.setReuseAddress() }
        try socket.setLingerReset(true)
        try socket.bind(.v4(0), port: port)
        _ = try socket.connect(to: destination)
        return SharedTCPSocket(socket)
    }

    @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
    func `if both have SO_REUSEADDR`(first: Bool, second: Bool) async throws {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            let shared = try freePorts(1)[0]
            let holder = try Self.connect(
                shared, to: Destination(address: loopback(1), port: port), shares: first)
            let other = Destination(address: loopback(2), port: port)
            if first, second {
                _ = try Self.connect(shared, to: other, shares: second)
            } else {
                #expect(throws: Errno.addressInUse) {
                    try Self.connect(shared, to: other, shares: second)
                }
            }
            withExtendedLifetime((server, holder)) {}
        }
    }

    @Test func `but not one four-tuple`() async throws {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            let shared = try freePorts(1)[0]
            let destination = Destination(address: loopback(1), port: port)
            let holder = try Self.connect(shared, to: destination, shares: true)
            #expect(throws: Errno.addressNotAvailable) {
                try Self.connect(shared, to: destination, shares: true)
            }
            withExtendedLifetime((server, holder)) {}
        }
    }
}
