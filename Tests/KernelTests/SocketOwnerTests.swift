// SPDX-License-Identifier: Apache-2.0

import Glibc
import PrivateNetworks
import SocketDiagnostics
import TCPClosing
import Testing
import Threads

@Suite struct `Sockets of others` {
    private static func onThread<Answer: Sendable>(
        _ body: @escaping @Sendable () throws -> Answer
    ) async throws -> Answer {
        try await DetachedThread.run { () -> Result<Answer, any Error> in Result(catching: body) }
            .get()
    }

    @Test func `are owned by another process, unless this one may not look`() async throws {
        let (seen, hidden) = try await Self.onThread {
            let networks = try PrivateNetworks()
            let socket = try networks.makeSocket(at: .a)
            try socket.bind(networks.address(of: .a), port: 10_002)
            let holder = try socket.handOver()
            defer { holder.kill() }
            let query = SocketQuery(localPort: 10_002)
            let found = try #require(try networks.sockets(matching: query, at: .a).first)
            let seen = SocketOwners(of: [found]).ownership(of: found)
            // A user namespace may have one user only, who may look everywhere.
            guard FileSystemUser.isEveryUser() else { return (seen, nil as SocketOwnership?) }
            FileSystemUser.become(1234)
            defer { FileSystemUser.become(0) }
            return (seen, SocketOwners(of: [found]).ownership(of: found))
        }
        guard case .owned(let owners) = seen else {
            Issue.record("\(seen)")
            return
        }
        #expect(owners.allSatisfy { $0.process.number != getpid() })
        guard let hidden else { return }
        guard case .notVisible(let reasons) = hidden else {
            Issue.record("\(hidden)")
            return
        }
        #expect(reasons.first == .otherUser(0))
    }

    @Test func `in another network namespace are seen through its name`() async throws {
        let counts = try await Self.onThread {
            // Kept, as this thread is about to leave it; the process's own is its first thread's.
            let outsideFile = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
            defer { close(outsideFile) }
            let outside = try BareSocket(.v4)
            try ExistingSocket.expect(outside.bind(.v4(0x7f00_0001), port: 0))
            let query = SocketQuery(localPort: try outside.localPort())
            let network = try PlayedNetwork()
            let inside = try BareSocket(.v4)
            try ExistingSocket.expect(inside.bind(PlayedNetwork.Address.v4, port: 10_003))
            let insideQuery = SocketQuery(localPort: 10_003)

            var here = try SocketDiagnostics()
            var there = try SocketDiagnostics(in: .path("/proc/self/fd/\(outsideFile)"))
            // The thread has stayed where it was.
            var again = try SocketDiagnostics()
            var same = try SocketDiagnostics(in: .path("/proc/thread-self/ns/net"))
            defer { withExtendedLifetime((network, outside, inside)) {} }
            return [
                try here.sockets(matching: query).count,
                try there.sockets(matching: query).count,
                try again.sockets(matching: insideQuery).count,
                try same.sockets(matching: insideQuery).count,
            ]
        }
        #expect(counts == [0, 1, 1, 1])
    }
}
