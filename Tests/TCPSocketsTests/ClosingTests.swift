// SPDX-License-Identifier: Apache-2.0

import SystemPackage
import TCPClosing
import TCPSockets
import Testing

/// The record of a closer, held against the kernel's table of sockets.
@Suite struct `A connection that was closed` {
    struct Ends {
        var loop: EventLoop
        var local: Endpoint
        var remote: Endpoint
        var lease: FourTuple
    }

    /// A connection of a pool, and what both ends leave when the body is done with it.
    private static func leftovers(
        _ policy: ClosingPolicy,
        _ body: @Sendable (Ends, inout Closer) async throws -> Closer.Action
    ) async throws -> (record: ClosingRecord?, here: String?, there: String?) {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            let pool = PortPool(ports: try freePorts(1), loop: loop)
            var lease = FourTuple(
                localPort: 0, destination: Destination(address: loopback(1), port: port))
            var record: ClosingRecord?
            do {
                let connecting = try await pool.connect(
                    to: lease.destination, withdrawal: PortRequest(), waiting: { _ in })
                lease = connecting.lease
                let local = try Endpoint(SharedTCPSocket(connecting.takeSocket()), on: loop)
                try await local.opened()
                let (remote, _) = try await server.accept()
                var closer = Closer(policy)
                let action = try await body(
                    Ends(loop: loop, local: local, remote: remote, lease: lease), &closer)
                record = closer.record
                if action == .closeInOrder { try local.shared.socket.setLingerReset(false) }
            }
            return (
                record, try SocketTable.state(from: lease.localPort, to: port),
                try SocketTable.state(from: port, to: lease.localPort)
            )
        }
    }

    @Test func `by a reset after the end leaves nothing, and loses nothing`() async throws {
        let left = try await Self.leftovers(.resetAfterEnd) { ends, closer in
            let sent = Array(repeating: UInt8(7), count: 300_000)
            async let sending: Void = {
                try await ends.remote.send(sent)
                try ends.remote.shared.socket.shutDownWriting()
            }()
            _ = closer.finished()
            #expect(try await ends.local.readToEnd() == sent)
            try await sending
            return try #require(closer.endOfStream().last)
        }
        #expect(left.record?.leftHere == .nothing)
        #expect(left.record?.leftThere == .nothing)
        #expect(left.here == nil)
        #expect(left.there == nil)
    }

    @Test func `by the remote end first leaves TIME-WAIT there`() async throws {
        let left = try await Self.leftovers(.remoteFirst) { ends, closer in
            try ends.remote.shared.socket.shutDownWriting()
            _ = closer.finished()
            #expect(try await ends.local.readToEnd() == [])
            return try #require(closer.endOfStream().last)
        }
        #expect(left.record?.leftHere == .nothing)
        #expect(left.record?.leftThere == .timeWait)
        #expect(left.here == nil)
        #expect(left.there == "TIME-WAIT")
    }

    @Test func `by this end first leaves TIME-WAIT here`() async throws {
        let left = try await Self.leftovers(.localFirst) { ends, closer in
            #expect(closer.finished() == [.shutDownWriting, .readToEnd])
            try ends.local.shared.socket.shutDownWriting()
            #expect(try await ends.remote.readToEnd() == [])
            try ends.remote.shared.socket.shutDownWriting()
            #expect(try await ends.local.readToEnd() == [])
            return try #require(closer.endOfStream().last)
        }
        #expect(left.record?.leftHere == .timeWait)
        #expect(left.record?.leftThere == .nothing)
        #expect(left.here == "TIME-WAIT")
        #expect(left.there == nil)
    }

    @Test func `late, with the remote end still open, leaves FIN-WAIT-2 here`() async throws {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            let pool = PortPool(ports: try freePorts(1), loop: loop)
            let connecting = try await pool.connect(
                to: Destination(address: loopback(1), port: port), withdrawal: PortRequest(),
                waiting: { _ in })
            let lease = connecting.lease
            let (remote, _) = try await server.accept()
            var closer = Closer(.remoteFirst)
            _ = closer.finished()
            let action = try #require(closer.deadlinePassed().last)
            connecting.takeSocket().close(action)
            #expect(closer.record?.leftHere == .finWait2)
            #expect(try await remote.readToEnd() == [])
            // The remote kernel may take its time to acknowledge the FIN.
            let clock = LoopClock(loop)
            while try SocketTable.state(from: lease.localPort, to: port) == "FIN-WAIT-1" {
                try await clock.sleep(for: .milliseconds(1))
            }
            #expect(try SocketTable.state(from: lease.localPort, to: port) == "FIN-WAIT-2")
            withExtendedLifetime(remote) {}
        }
    }

    @Test func `by an abort is reset, and leaves nothing`() async throws {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            let pool = PortPool(ports: try freePorts(1), loop: loop)
            let connecting = try await pool.connect(
                to: Destination(address: loopback(1), port: port), withdrawal: PortRequest(),
                waiting: { _ in })
            let lease = connecting.lease
            let (remote, _) = try await server.accept()
            var closer = Closer(.localFirst)
            let action = try #require(closer.abort().last)
            connecting.takeSocket().close(action)
            await #expect(throws: Errno.connectionReset) { try await remote.readToEnd() }
            #expect(try SocketTable.state(from: lease.localPort, to: port) == nil)
            #expect(try SocketTable.state(from: port, to: lease.localPort) == nil)
        }
    }
}
