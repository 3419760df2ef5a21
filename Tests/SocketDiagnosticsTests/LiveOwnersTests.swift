// SPDX-License-Identifier: Apache-2.0

import Glibc
import SocketDiagnostics
import TCPClosing
import TCPSockets
import Testing

@Suite struct `The owners of live sockets` {
    private let loopback = InternetAddress.v4(0x7f00_0001)

    /// What the kernel shows of a listener.
    private func snapshot(_ port: UInt16) throws -> SocketSnapshot {
        var table = try SocketDiagnostics()
        return try #require(try table.sockets(matching: SocketQuery(localPort: port)).first)
    }

    @Test func `are this process, with its descriptor, for a socket of its own`() throws {
        let socket = try TCPSocket(towards: loopback)
        try socket.bind(loopback, port: 0)
        try socket.listen(backlog: 1)
        let found = try snapshot(try socket.localPort())
        guard case .owned(let owners) = SocketOwners(of: [found]).ownership(of: found) else {
            Issue.record("not owned")
            return
        }
        // A child that another test starts has it too for a moment.
        let owner = try #require(owners.first { $0.process.number == getpid() })
        #expect(owner.descriptor == socket.descriptor)
        #expect(owner.process.userID == geteuid())
        #expect(!owner.process.name.isEmpty)
        #expect(owner.process.startedAfterBoot > .zero)
    }

    @Test func `are none that can be seen while the descriptor is in flight`() throws {
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { for end in pair { close(end) } }
        let port: UInt16
        do {
            let socket = try TCPSocket(towards: loopback)
            try socket.bind(loopback, port: 0)
            try socket.listen(backlog: 1)
            port = try socket.localPort()
            try #require(send(socket.descriptor, over: pair[0]))
        }
        let found = try snapshot(port)
        let ownership = SocketOwners(of: [found]).ownership(of: found)
        guard case .notVisible(let reasons) = ownership else {
            Issue.record("\(ownership)")
            return
        }
        let queues =
            reasons.compactMap { reason -> [SocketOwner]? in
                if case .inFlight(let queues) = reason { queues } else { nil }
            }
            .joined()
        #expect(queues.contains { $0.process.number == getpid() && $0.descriptor == pair[1] })
    }

    /// Sends a descriptor through a Unix socket (unix(7), SCM_RIGHTS).
    private func send(_ descriptor: Int32, over end: Int32) -> Bool {
        // struct cmsghdr: length, level, type; then the descriptor, padded
        var control: [UInt64] = [20, UInt64(SOL_SOCKET) | 1 << 32, UInt64(descriptor)]
        var byte: UInt8 = 0
        return control.withUnsafeMutableBytes { control in
            withUnsafeMutableBytes(of: &byte) { byte in
                var vector = iovec(iov_base: byte.baseAddress, iov_len: 1)
                return withUnsafeMutablePointer(to: &vector) { vector in
                    var message = msghdr()
                    message.msg_iov = vector
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    return sendmsg(end, &message, 0) == 1
                }
            }
        }
    }
}
