// SPDX-License-Identifier: Apache-2.0

import Glibc
import SocketDiagnostics
import TCPClosing
import TCPSockets
import Testing

@Suite struct `The ends of sockets` {
    private let loopback = InternetAddress.v4(0x7f00_0001)

    /// What is told, until all of these cookies were among it.
    private func ends(
        from told: inout SocketEnds, until cookies: Set<UInt64>
    ) throws -> [UInt64: SocketSnapshot] {
        var ended: [UInt64: SocketSnapshot] = [:]
        while !cookies.isSubset(of: ended.keys) {
            var entry = pollfd(fd: told.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&entry, 1, -1)
            _ = try told.fetch { ended[$0.cookie] = $0 }
        }
        return ended
    }

    @Test func `are told with the cookie they lived under, whoever closed first`() throws {
        var told = try SocketEnds()
        var table = try SocketDiagnostics()
        let listener = try TCPSocket(towards: loopback)
        try listener.bind(loopback, port: 0)
        try listener.listen(backlog: 1)
        let server = Destination(address: loopback, port: try listener.localPort())
        let client = try TCPSocket(towards: loopback)
        _ = try client.connect(to: server)
        let local = Destination(address: loopback, port: try client.localPort())
        let name = ConnectionName(local: local, remote: server)
        let reverse = ConnectionName(local: server, remote: local)
        let cookies = try [name, reverse].map { try #require(try table.socket(of: $0)?.cookie) }
        _ = consume client
        // Nobody has accepted its other end, which the listener's end resets.
        _ = consume listener
        let ended = try ends(from: &told, until: Set(cookies))
        let first = try #require(ended[cookies[0]])
        #expect(first.localPort == local.port && first.remotePort == server.port)
        #expect(first.localAddress == loopback)
        #expect(first.inode == 0)
    }

    @Test func `leave TIME-WAIT in their place where this end closed first`() throws {
        var told = try SocketEnds()
        var table = try SocketDiagnostics()
        let listener = try TCPSocket(towards: loopback)
        try listener.bind(loopback, port: 0)
        try listener.listen(backlog: 1)
        let server = Destination(address: loopback, port: try listener.localPort())
        let client = try TCPSocket(towards: loopback)
        _ = try client.connect(to: server)
        let local = Destination(address: loopback, port: try client.localPort())
        let name = ConnectionName(local: local, remote: server)
        let cookie = try #require(try table.socket(of: name)?.cookie)
        let accepted = try listener.accept()
        _ = consume client
        _ = consume accepted
        _ = try ends(from: &told, until: [cookie])
        let left = try #require(try table.socket(of: name))
        #expect(left.state == .timeWait)
        #expect(left.isMiniSocket)
        #expect(left.cookie == cookie)
    }
}
