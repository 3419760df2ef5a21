// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import Testing

@Suite struct `A socket's snapshot` {
    /// TIME-WAIT of 192.0.2.1:1010 towards 192.0.2.2:514, with 42 s left.
    static let timeWait: [UInt8] =
        [2, 6, 3, 0]  // IPv4, TIME-WAIT, the timer that ends it, no retransmissions
        + [0x03, 0xf2, 0x02, 0x02]  // ports 1010 and 514, network order
        + [192, 0, 2, 1] + zeros(12)
        + [192, 0, 2, 2] + zeros(12)
        + zeros(4)  // no interface
        + [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]  // cookie
        + [0x10, 0xa4, 0, 0]  // 42000 ms
        + zeros(16)  // queues, uid, inode

    /// A listener on port 80 of every IPv6 address, with IPV6_V6ONLY.
    private static let listener: [UInt8] =
        [10, 10, 0, 0, 0, 80, 0, 0] + zeros(36)
        + zeros(8) + zeros(4)
        + [2, 0, 0, 0, 128, 0, 0, 0]  // 2 of 128 wait
        + [0xd2, 4, 0, 0]  // uid 1234
        + [57, 48, 0, 0]  // inode 12345
        + [5, 0, 8, 0, 0, 0, 0, 0]  // INET_DIAG_SHUTDOWN, padded
        + [5, 0, 11, 0, 1, 0, 0, 0]  // INET_DIAG_SKV6ONLY, padded

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    @Test func `is read field by field`() throws {
        let socket = try SocketSnapshot(kernel: Self.timeWait)
        #expect(socket.state == .timeWait)
        #expect(socket.localAddress == .v4(0xc000_0201))
        #expect(socket.localPort == 1010)
        #expect(socket.remoteAddress == .v4(0xc000_0202))
        #expect(socket.remotePort == 514)
        #expect(socket.timer == SocketTimer(kind: .timeWait, milliseconds: 42_000))
        #expect(socket.cookie == 0x1122_3344_5566_7788)
        #expect(socket.isIPv6Only == nil)
        #expect(socket.isMiniSocket)
    }

    @Test func `has its attributes, and the queue of a listener`() throws {
        let socket = try SocketSnapshot(kernel: Self.listener)
        #expect(socket.state == .listen)
        #expect(socket.localAddress == .v6(high: 0, low: 0, zone: 0))
        #expect(socket.localPort == 80)
        #expect(socket.timer == nil)
        #expect(socket.receiveQueue == 2)
        #expect(socket.sendQueue == 128)
        #expect(socket.userID == 1234)
        #expect(socket.inode == 12_345)
        #expect(socket.isIPv6Only == true)
        #expect(!socket.isMiniSocket)
    }

    @Test func `tells an orphan's record in FIN-WAIT-2 from an owned socket`() throws {
        var bytes = Self.timeWait
        bytes[1] = SocketState.finWait2.rawValue
        #expect(try SocketSnapshot(kernel: bytes).isMiniSocket)
        bytes[2] = SocketTimer.Kind.keepAlive.rawValue
        #expect(try SocketSnapshot(kernel: bytes).isMiniSocket == false)
        bytes[2] = 0
        #expect(try SocketSnapshot(kernel: bytes).isMiniSocket == false)
    }

    @Test(arguments: 0..<72)
    func `cut off in its fixed part is malformed`(length: Int) {
        #expect(throws: SocketDiagnosticsError.self) {
            try SocketSnapshot(kernel: Array(Self.timeWait.prefix(length)))
        }
    }

    @Test(arguments: 73..<88)
    func `cut off in its attributes is malformed, or whole but for padding`(length: Int) throws {
        let bytes = Array(Self.listener.prefix(length))
        // An attribute of 5 bytes is whole without its 3 bytes of padding.
        let isWhole = (77...80).contains(length) || length >= 85
        guard isWhole else {
            #expect(throws: SocketDiagnosticsError.self) { try SocketSnapshot(kernel: bytes) }
            return
        }
        let socket = try SocketSnapshot(kernel: bytes)
        #expect(socket.isIPv6Only == (length >= 85 ? true : nil))
    }

    @Test(arguments: [(0, 1), (1, 0), (1, 14), (1, 255)])
    func `of an unknown family or state is refused`(offset: Int, value: UInt8) {
        var bytes = Self.timeWait
        bytes[offset] = value
        #expect(throws: SocketDiagnosticsError.self) { try SocketSnapshot(kernel: bytes) }
    }

    @Test func `keeps the zone of a link-local address only`() throws {
        var bytes = Self.listener
        bytes[8] = 0xfe
        bytes[9] = 0x80
        bytes[40] = 3
        let socket = try SocketSnapshot(kernel: bytes)
        #expect(socket.localAddress == .v6(high: 0xfe80 << 48, low: 0, zone: 3))
        #expect(socket.remoteAddress == .v6(high: 0, low: 0, zone: 0))
    }
}
