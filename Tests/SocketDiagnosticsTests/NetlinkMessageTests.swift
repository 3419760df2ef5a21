// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import Testing

@Suite struct `A netlink message` {
    private static let dump = NetlinkMessage(
        type: 20, flags: 0x301, sequence: 0x0102_0304, body: [0xaa, 0xbb, 0xcc, 0xdd])

    @Test func `is written as netlink(7) has it`() {
        let expected: [UInt8] = [
            20, 0, 0, 0,  // length
            20, 0, 0x01, 0x03,  // type, flags
            4, 3, 2, 1,  // sequence
            0, 0, 0, 0,  // port: the kernel
            0xaa, 0xbb, 0xcc, 0xdd,
        ]
        #expect(Self.dump.encoded == expected)
    }

    @Test func `is one of several in a datagram, padded to four bytes`() throws {
        var odd = Self.dump
        odd.body = [1, 2, 3, 4, 5]
        let datagram = odd.encoded + [0, 0, 0] + Self.dump.encoded + odd.encoded
        #expect(try NetlinkMessage.messages(in: datagram) == [odd, Self.dump, odd])
    }

    @Test(arguments: 1..<20)
    func `cut off anywhere is malformed`(length: Int) {
        #expect(throws: SocketDiagnosticsError.self) {
            try NetlinkMessage.messages(in: Array(Self.dump.encoded.prefix(length)))
        }
    }

    @Test(arguments: [0, 15, 21, 255])
    func `with a length that cannot be is malformed`(length: UInt8) {
        var datagram = Self.dump.encoded
        datagram[0] = length
        #expect(throws: SocketDiagnosticsError.self) {
            try NetlinkMessage.messages(in: datagram)
        }
    }

    @Test func `says which error it carries`() {
        func message(_ type: UInt16, _ body: [UInt8]) -> NetlinkMessage {
            NetlinkMessage(type: type, flags: 0, sequence: 1, body: body)
        }
        #expect(message(2, [0xfe, 0xff, 0xff, 0xff]).errorCode == 2)
        #expect(message(2, [0, 0, 0, 0]).errorCode == 0)
        #expect(message(3, [0xff, 0xff, 0xff, 0xff]).errorCode == 1)
        #expect(message(2, [1, 2]).errorCode == nil)
        #expect(message(20, [0, 0, 0, 0]).errorCode == nil)
    }
}
