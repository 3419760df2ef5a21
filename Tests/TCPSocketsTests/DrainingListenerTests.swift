// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage
import TCPClosing
import TCPSockets
import Testing

/// A clock that does something instead of waiting: what the world does while a drain waits.
private struct EventfulClock: Clock {
    typealias Instant = ContinuousClock.Instant

    let start = ContinuousClock.now
    let slept = Log<Duration>()
    /// Called with the number of the sleep, from 1; says how long it took, `nil` if cancelled.
    let event: @Sendable (Int) async -> Duration?

    var now: Instant { start + slept.entries.reduce(.zero, +) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        guard let duration = await event(slept.entries.count + 1) else { throw CancellationError() }
        slept.add(duration)
    }
}

/// A server on 127.0.0.1 that can be drained.
private struct Server: ~Copyable {
    let address: Destination
    private let socket: TCPSocket

    init(
        port: UInt16 = 0, sharing: Bool = false, dualStack: Bool = false,
        _ prepare: (Int32) -> Void = { _ in }
    ) throws {
        let anywhere = InternetAddress.v6(high: 0, low: 0, zone: 0)
        let socket = try TCPSocket(towards: dualStack ? anywhere : .v4(0))
        if sharing { try socket.setReusePort() }
        if dualStack { try socket.setIPv6Only(false) }
        try socket.bind(dualStack ? anywhere : loopback(1), port: port)
        try socket.listen(backlog: 4096)
        prepare(socket.descriptor)
        address = Destination(address: loopback(1), port: try socket.localPort())
        self.socket = socket
    }

    consuming func listener() -> TCPSocket { socket }
}

private func setOption(_ socket: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
    var value = value
    #expect(setsockopt(socket, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0)
}

/// Holds handshakes back until the client sends something, as a lost last ACK would.
private func defer30Seconds(_ socket: Int32) {
    setOption(socket, Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, 30)
}

/// No filter can be put on the socket any more, as without `CAP_NET_ADMIN`.
private func lockFilter(_ socket: Int32) { setOption(socket, SOL_SOCKET, SO_LOCK_FILTER, 1) }

private func client(of server: Destination, on loop: EventLoop) throws -> Endpoint {
    let socket = try TCPSocket(towards: server.address)
    try socket.setLingerReset(true)
    _ = try socket.connect(to: server)
    return try Endpoint(SharedTCPSocket(socket), on: loop)
}

/// Takes connections and greets each, so that a client can tell that it was served.
private final class Greeter: Sendable {
    private let connections = Log<SharedTCPSocket>()
    var count: Int { connections.entries.count }

    func greet(_ accepted: consuming Accepted) {
        let socket = SharedTCPSocket(accepted.takeSocket())
        _ = try? socket.socket.send([7], from: 0)
        connections.add(socket)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A draining listener` {
    @Test(arguments: [ListenerDrainRecord.StopMeans.filter, .minimumTTL])
    func `waits for handshakes under way, and lets nobody else begin one`(
        means: ListenerDrainRecord.StopMeans
    ) async throws {
        try await withLoop { loop in
            let server = try Server { socket in
                defer30Seconds(socket)
                if means == .minimumTTL { lockFilter(socket) }
            }
            let address = server.address
            let early = try client(of: address, on: loop)
            try await early.opened()
            let late = Log<Endpoint>()
            let clock = EventfulClock { number in
                if number == 1 {
                    guard let client = try? client(of: address, on: loop) else { return .zero }
                    late.add(client)
                } else {
                    try? await early.send([1])
                }
                return .milliseconds(1)
            }
            let greeter = Greeter()
            let record = await DrainingListener(server.listener())
                .drain(clock: clock) { greeter.greet($0) }
            #expect(record.way == .drained(means))
            #expect(record.acceptedWhileDraining == 1)
            #expect(record.cut == 0)
            #expect(record.isLossless)
            #expect(record.notPrevented == [.unansweredSYNs(record.droppedSegments)])
            #expect(try await early.outcome() == [7])
            // Its SYN was not answered; the next one is refused.
            let refused = try #require(late.entries.first)
            await #expect(throws: Errno.connectionRefused) { try await refused.opened() }
        }
    }

    @Test(arguments: [ListenerDrainRecord.StopMeans.filter, .minimumTTL])
    func `serves and refuses clients of both families alike`(
        means: ListenerDrainRecord.StopMeans
    ) async throws {
        try await withLoop { loop in
            let server = try Server(dualStack: true) { socket in
                defer30Seconds(socket)
                if means == .minimumTTL { lockFilter(socket) }
            }
            let port = server.address.port
            let addresses = [loopback(1), .v6(high: 0, low: 1, zone: 0)]
                .map { Destination(address: $0, port: port) }
            let early = try addresses.map { try client(of: $0, on: loop) }
            for client in early { try await client.opened() }
            let late = Log<Endpoint>()
            let clock = EventfulClock { number in
                if number == 1 {
                    for address in addresses {
                        if let client = try? client(of: address, on: loop) { late.add(client) }
                    }
                } else {
                    for client in early { try? await client.send([1]) }
                }
                return .milliseconds(1)
            }
            let greeter = Greeter()
            let record = await DrainingListener(server.listener())
                .drain(clock: clock) { greeter.greet($0) }
            #expect(record.way == .drained(means))
            #expect(record.acceptedWhileDraining == 2)
            #expect(record.isLossless)
            for client in early { #expect(try await client.outcome() == [7]) }
            #expect(late.entries.count == 2)
            for client in late.entries {
                await #expect(throws: Errno.connectionRefused) { try await client.outcome() }
            }
        }
    }

    @Test(arguments: [ListenerDrainRecord.StopMeans.filter, .minimumTTL])
    func `takes off a connection what has kept the others away`(
        means: ListenerDrainRecord.StopMeans
    ) async throws {
        try await withLoop { loop in
            let server = try Server { socket in
                defer30Seconds(socket)
                if means == .minimumTTL { lockFilter(socket) }
            }
            let address = server.address
            let early = try client(of: address, on: loop)
            try await early.opened()
            let accepted = Log<SharedTCPSocket>()
            let clock = EventfulClock { _ in
                try? await early.send([1])
                return .milliseconds(1)
            }
            _ = await DrainingListener(server.listener())
                .drain(clock: clock) { accepted.add(SharedTCPSocket($0.takeSocket())) }
            let shared = try #require(accepted.entries.first)
            var value: Int32 = -1
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(shared.socket.descriptor, Int32(IPPROTO_IP), IP_MINTTL, &value, &length)
            #expect(value == 0)
            // SO_GET_FILTER tells the length of a filter, in instructions.
            length = 0
            getsockopt(shared.socket.descriptor, SOL_SOCKET, SO_GET_FILTER, nil, &length)
            #expect(length == 0)
            let serving = try Endpoint(shared, on: loop)
            #expect(try await serving.outcome() == [1])
        }
    }

    @Test func `cuts off handshakes that do not end in time, and says how many`() async throws {
        try await withLoop { loop in
            let server = try Server(defer30Seconds)
            let address = server.address
            let clients = try (0..<3).map { _ in try client(of: address, on: loop) }
            for client in clients { try await client.opened() }
            let clock = EventfulClock { _ in .seconds(1) }
            let record = await DrainingListener(server.listener())
                .drain(within: .seconds(3), clock: clock) { _ in }
            #expect(clock.slept.entries.count == 3)
            #expect(record.cut == 3)
            #expect(!record.isLossless)
            #expect(record.notPrevented.contains(.cut(3)))
            for client in clients {
                try await client.send([1])
                await #expect(throws: Errno.connectionReset) { try await client.outcome() }
            }
        }
    }

    @Test func `asks for no data from clients that a server lets wait`() async throws {
        // The repeated SYN-ACK, 1 s after the first, ends the handshake without any.
        try await withLoop { loop in
            let server = try Server(defer30Seconds)
            let address = server.address
            let silent = try client(of: address, on: loop)
            try await silent.opened()
            let greeter = Greeter()
            let record = await DrainingListener(server.listener()).drain { greeter.greet($0) }
            #expect(record.acceptedWhileDraining == 1)
            #expect(record.cut == 0)
            #expect(try await silent.outcome() == [7])
        }
    }

    @Test func `ends early when its task is cancelled`() async throws {
        try await withLoop { loop in
            let server = try Server(defer30Seconds)
            let address = server.address
            let silent = try client(of: address, on: loop)
            try await silent.opened()
            let clock = EventfulClock { _ in nil }
            let record = await DrainingListener(server.listener()).drain(clock: clock) { _ in }
            #expect(record.cut == 1)
            #expect(clock.slept.entries == [])
        }
    }

    /// With or without being told where its successor stands among those that share the port.
    @Test(arguments: [1, nil])
    func `loses nobody to its successor`(position: Int?) async throws {
        try await withLoop { loop in
            let server = try Server(sharing: true, defer30Seconds)
            let address = server.address
            // Of many, so that chance does not do it: each goes to either socket by its ports.
            let early = try client(of: address, on: loop)
            try await early.opened()
            let new = try Server(port: address.port, sharing: true)
            let successor = try Endpoint(SharedTCPSocket(new.listener()), on: loop)
            let late = Log<Endpoint>()
            let clock = EventfulClock { number in
                if number == 1 {
                    for _ in 0..<40 {
                        guard let client = try? client(of: address, on: loop) else { continue }
                        late.add(client)
                    }
                } else {
                    try? await early.send([1])
                }
                return .milliseconds(1)
            }
            let greeter = Greeter()
            let record = await DrainingListener(server.listener())
                .drain(clock: clock, successorPosition: position) { greeter.greet($0) }
            #expect(record.acceptedWhileDraining == 1)
            #expect(record.isLossless)
            if position == nil {
                // About half of them went to the old one and are heard when they repeat their SYN.
                #expect(record.droppedSegments > 0)
            } else {
                #expect(record.notPrevented == [])
            }
            #expect(try await early.outcome() == [7])
            #expect(late.entries.count == 40)
            for client in late.entries {
                try await client.opened()
                _ = try await successor.accept()
            }
        }
    }

    /// In a network of its own: the setting is one of the whole network.
    @Test func `leaves all to its successor where the kernel hands connections on`() async throws {
        try await PrivateNetwork.with { loop in
            try SmallNumber.write(1, to: "/proc/sys/net/ipv4/tcp_migrate_req")
            let server = try Server(sharing: true)
            let address = server.address
            var clients: [Endpoint] = []
            for _ in 0..<20 {
                clients.append(try client(of: address, on: loop))
                try await clients.last?.opened()
            }
            let new = try Server(port: address.port, sharing: true)
            let successor = try Endpoint(SharedTCPSocket(new.listener()), on: loop)
            let record = await DrainingListener(server.listener())
                .drain { _ in
                    Issue.record("accepted by the one that closes")
                }
            #expect(record.way == .migrated)
            #expect(record.notPrevented == [])
            for client in clients {
                let (serving, _) = try await successor.accept()
                try await serving.send([7])
                withExtendedLifetime(serving) {}
                _ = client
            }
            for client in clients { #expect(try await client.outcome() == [7]) }
        }
    }
}

/// Counts what is lost when a server closes that is called all the time.
@Suite(.serialized, .timeLimit(.minutes(10))) struct `A server that closes under load` {
    @Test(arguments: ListenerLoss.Way.allCases)
    func `loses nobody by draining`(way: ListenerLoss.Way) async throws {
        var loss = ListenerLoss()
        for _ in 0..<ListenerLoss.rounds {
            loss.add(try await withLoop { _ in try await ListenerLoss.measure(way) })
        }
        #expect(loss.served > 0)
        switch way {
        // Both lose nearly every time, but need not.
        case .plain, .acceptFirst: #expect(loss.records == [])
        case .filter, .minimumTTL, .shared, .steered:
            #expect(loss.lost == 0)
            let means: ListenerDrainRecord.StopMeans = way == .minimumTTL ? .minimumTTL : .filter
            for record in loss.records + loss.successorRecords {
                #expect(record.isLossless)
                #expect(record.way == .drained(means))
            }
        }
        guard ListenerLoss.isMeasured else { return }
        print(loss.row(way))
    }
}
