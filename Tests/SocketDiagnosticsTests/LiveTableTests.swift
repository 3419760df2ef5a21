// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TCPSockets
import Testing

@Suite struct `The kernel's socket table` {
    private let loopback = InternetAddress.v4(0x7f00_0001)

    @Test func `shows a socket that is bound, then listens, then is gone`() throws {
        var table = try SocketDiagnostics()
        let port: UInt16
        do {
            let socket = try TCPSocket(towards: loopback)
            try socket.bind(loopback, port: 0)
            port = try socket.localPort()
            var found = try table.sockets(matching: SocketQuery(localPort: port))
            #expect(found.map(\.state) == [.closed])
            let bound = SocketQuery(states: .bound, localPort: port)
            #expect(try table.sockets(matching: bound).map(\.localPort) == [port])
            try socket.listen(backlog: 7)
            found = try table.sockets(matching: SocketQuery(localPort: port))
            #expect(found.map(\.state) == [.listen])
            #expect(found.map(\.sendQueue) == [7])
            #expect(found.map(\.localAddress) == [loopback])
            #expect(found.first?.inode != 0)
        }
        #expect(try table.sockets(matching: SocketQuery(localPort: port)).isEmpty)
    }

    @Test func `names both ends of a connection, and the half that closed`() throws {
        var table = try SocketDiagnostics()
        let listener = try TCPSocket(towards: loopback)
        try listener.bind(loopback, port: 0)
        try listener.listen(backlog: 1)
        let server = Destination(address: loopback, port: try listener.localPort())
        let client = try TCPSocket(towards: loopback)
        try client.setLingerReset(true)
        _ = try client.connect(to: server)
        let local = Destination(address: loopback, port: try client.localPort())
        let name = ConnectionName(local: local, remote: server)
        #expect(try table.socket(of: name)?.state == .established)
        try client.shutDownWriting()
        // The ACK of the FIN may be delayed.
        let first = try #require(try table.socket(of: name))
        #expect([.finWait1, .finWait2].contains(first.state))
        #expect(!first.isMiniSocket)
        let reverse = ConnectionName(local: server, remote: local)
        #expect(try table.socket(of: reverse)?.state == .closeWait)
        let nobody = Destination(address: loopback, port: 1)
        #expect(try table.socket(of: ConnectionName(local: server, remote: nobody)) == nil)
    }
}
