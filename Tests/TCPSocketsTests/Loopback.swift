// SPDX-License-Identifier: Apache-2.0

import Synchronization
import SystemPackage
import TCPClosing
import TCPSockets

/// Runs the body on an event loop of its own.
func withLoop<Result: Sendable>(
    _ body: @Sendable (EventLoop) async throws -> Result
) async throws -> Result {
    let loop = try EventLoop()
    defer { loop.stop() }
    return try await withTaskExecutorPreference(loop) { try await body(loop) }
}

/// The address 127.0.`subnet`.`host`.
func loopback(_ host: UInt32, subnet: UInt32 = 0) -> InternetAddress {
    .v4(0x7f00_0000 + subnet << 8 + host)
}

/// Ports that nobody has at the moment.
func freePorts(_ count: Int) throws -> [UInt16] {
    let sockets = try (0..<count)
        .map { _ in
            let socket = try TCPSocket(towards: .v4(0))
            try socket.bind(.v4(0), port: 0)
            return SharedTCPSocket(socket)
        }
    return try sockets.map { try $0.socket.localPort() }
}

/// A socket with what is needed to wait for it.
final class Endpoint: Sendable {
    let shared: SharedTCPSocket
    private let wakeups = Wakeups()
    private let loop: EventLoop
    private let watch: WatchToken

    init(_ shared: SharedTCPSocket, on loop: EventLoop) throws {
        self.shared = shared
        self.loop = loop
        watch = try loop.watch(shared.socket, for: wakeups, slot: 0)
    }

    deinit { loop.forget(watch) }

    /// A server on all IPv4 addresses of this machine.
    static func listening(on loop: EventLoop) throws -> (server: Endpoint, port: UInt16) {
        let socket = try TCPSocket(towards: .v4(0))
        try socket.bind(.v4(0), port: 0)
        try socket.listen(backlog: 4096)
        let port = try socket.localPort()
        return (try Endpoint(SharedTCPSocket(socket), on: loop), port)
    }

    func accept() async throws -> (Endpoint, Destination?) {
        while true {
            if let (connection, peer) = try shared.accept() {
                return (try Endpoint(connection, on: loop), peer)
            }
            _ = await wakeups.next()
        }
    }

    func opened() async throws {
        while !(await wakeups.next()).contains(.writable(0)) {}
        try shared.socket.connectResult()
    }

    func send(_ bytes: [UInt8]) async throws {
        var start = 0
        while start < bytes.count {
            let count = try shared.socket.send(bytes, from: start)
            start += count
            if count == 0 { _ = await wakeups.next() }
        }
    }

    /// What comes first: bytes, the end (no bytes), or an error, also one of connecting.
    func outcome() async throws(Errno) -> [UInt8] {
        while true {
            do throws(Errno) {
                switch try shared.socket.receive(upTo: 16) {
                case .bytes(let bytes, wasFull: _): return bytes
                case .end: return []
                case .nothing: _ = await wakeups.next()
                }
            } catch {
                // Not connected yet.
                guard error == .socketNotConnected else { throw error }
                _ = await wakeups.next()
            }
        }
    }

    /// All bytes up to the end of the stream.
    func readToEnd() async throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            switch try shared.socket.receive(upTo: 65_536) {
            case .bytes(let bytes, wasFull: _): all += bytes
            case .nothing: _ = await wakeups.next()
            case .end: return all
            }
        }
    }
}

extension PortPool {
    /// Connects, and waits until the connection is open.
    func open(
        _ destination: Destination, on loop: EventLoop, withdrawal: PortRequest = PortRequest(),
        waiting: (PortLedger.Reason) -> Void = { _ in }
    ) async throws -> (end: Endpoint, lease: FourTuple) {
        let connecting = try await connect(
            to: destination, withdrawal: withdrawal, waiting: waiting)
        let lease = connecting.lease
        let end = try Endpoint(SharedTCPSocket(connecting.takeSocket()), on: loop)
        try await end.opened()
        return (end, lease)
    }
}

/// What tasks leave for a test to look at.
final class Log<Entry: Sendable>: Sendable {
    private let kept = Mutex<[Entry]>([])

    var entries: [Entry] { kept.withLock(\.self) }

    func add(_ entry: Entry) { kept.withLock { $0.append(entry) } }
}
