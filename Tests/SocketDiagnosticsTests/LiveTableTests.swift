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

    @Test(arguments: [SocketQuery.Family?.none, .ipv4, .ipv6])
    func `is searched by the port of either end`(family: SocketQuery.Family?) throws {
        var table = try SocketDiagnostics()
        let address = family == .ipv6 ? InternetAddress.v6(high: 0, low: 1, zone: 0) : loopback
        let listener = try TCPSocket(towards: address)
        try listener.bind(address, port: 0)
        try listener.listen(backlog: 1)
        let server = Destination(address: address, port: try listener.localPort())
        let client = try TCPSocket(towards: address)
        _ = try client.connect(to: server)
        let found = try table.sockets(
            matching: SocketQuery(family: family, eitherPort: server.port))
        let caller = try client.localPort()
        #expect(found.map(\.state) == [.listen, .established, .established])
        #expect(Set(found.map(\.localPort)) == [server.port, caller])
        let bound = try TCPSocket(towards: address)
        try bound.bind(address, port: 0)
        let other = SocketQuery(family: family, eitherPort: try bound.localPort())
        #expect(try table.sockets(matching: other).map(\.state) == [.closed])
        let both = SocketQuery(family: family, localPort: caller, eitherPort: server.port)
        #expect(try table.sockets(matching: both).map(\.localPort) == [caller])
    }

    @Test func `is the same for both families at once, listeners first`() throws {
        var table = try SocketDiagnostics()
        let v6 = InternetAddress.v6(high: 0, low: 1, zone: 0)
        let sockets = try [loopback, v6]
            .map { address in
                let socket = try TCPSocket(towards: address)
                try socket.bind(address, port: 0)
                try socket.listen(backlog: 1)
                return SharedTCPSocket(socket)
            }
        let ports = try sockets.map { try $0.socket.localPort() }
        let both = try table.sockets(matching: SocketQuery(family: nil))
        let found = both.filter { ports.contains($0.localPort) }
        #expect(Set(found.map(\.localAddress)) == [loopback, v6])
        let one = try table.sockets(matching: SocketQuery(family: nil, localPort: ports[0]))
        #expect(one.map(\.localPort) == [ports[0]])
        let states = both.map(\.state)
        #expect(!states.drop { $0 == .listen }.contains(.listen))
        let other = try table.sockets(matching: SocketQuery(family: .ipv6, localPort: ports[1]))
        #expect(other.first?.cookie == found.first { $0.localAddress == v6 }?.cookie)
    }
}

@Suite struct `A kernel's release` {
    @Test(arguments: [
        ("6.18.44-fc-v657", 6, 18), ("5.15.0-91-generic", 5, 15), ("6.8", 6, 8),
        ("6.8-rc1", 6, 8), ("10.0+", 10, 0),
    ])
    func `is read as uname(2) tells it`(text: String, major: Int, minor: Int) throws {
        #expect(try #require(KernelRelease(text)) == KernelRelease(major, minor))
    }

    @Test(arguments: ["", "6", "six.8", "6.x"])
    func `is not guessed`(text: String) { #expect(KernelRelease(text) == nil) }

    @Test func `decides whether bound sockets are shown`() {
        #expect(!KernelRelease(6, 7).showsBoundSockets)
        #expect(!KernelRelease(5, 15).showsBoundSockets)
        #expect(KernelRelease(6, 8).showsBoundSockets)
        #expect(KernelRelease(7, 0).showsBoundSockets)
        #expect(KernelRelease.running != nil)
    }
}
