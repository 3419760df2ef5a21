// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import TCPClosing
import Testing

@Suite struct `A TCP packet` {
    /// A FIN of a kernel, from the wire: timestamps, no payload.
    private static let recorded = Hex(
        """
        45 00 00 34  1c46 4000  40 06 9a7a   version, length 52, don't fragment, TTL 64, TCP, checksum
        c0000201 c0000202                    from 192.0.2.1 to 192.0.2.2
        2710 1b58                            from port 10000 to port 7000
        11223344 55667788                    sequence, acknowledgement
        80 11 01f6 0000 0000                 8 words, FIN and ACK, window 502
        01 01 08 0a  a0b0c0d0 01020304       timestamps
        """
    )
    .bytes

    @Test func `is read field by field`() throws {
        let packet = try #require(TCPPacket(Self.recorded))
        #expect(packet.source == .v4(0xc000_0201))
        #expect(packet.destination == .v4(0xc000_0202))
        #expect(packet.sourcePort == 10_000)
        #expect(packet.destinationPort == 7000)
        #expect(packet.sequence == 0x1122_3344)
        #expect(packet.acknowledgement == 0x5566_7788)
        #expect(packet.flags == [.fin, .ack])
        #expect(packet.flags.description == "FIN,ACK")
        #expect(packet.window == 502)
        #expect(packet.payload.isEmpty)
        #expect(packet.timestamp == 0xa0b0_c0d0)
        #expect(packet.sequenceLength == 1)
    }

    /// The same over IPv6.
    private static let recorded6 = Hex(
        """
        60 00 0000 0020 06 40                version, length 32, TCP, hop limit 64
        20010db8 00000000 00000000 00000001  from 2001:db8::1
        20010db8 00000000 00000000 00000002  to 2001:db8::2
        2710 1b58 11223344 55667788 80 11 01f6 0000 0000
        01 01 08 0a  a0b0c0d0 01020304
        """
    )
    .bytes

    @Test func `is the same over IPv6`() throws {
        let over4 = try #require(TCPPacket(Self.recorded))
        var over6 = try #require(TCPPacket(Self.recorded6))
        #expect(over6.source == NetworkFamily.ipv6.address(of: .a))
        #expect(over6.destination == NetworkFamily.ipv6.address(of: .b))
        #expect(TCPPacket(over6.encoded) == over6)
        #expect(over6.encoded.count == 40 + 32)
        (over6.source, over6.destination) = (over4.source, over4.destination)
        #expect(over6 == over4)
    }

    @Test(arguments: 0..<72)
    func `cut off anywhere is none over IPv6 either`(length: Int) {
        #expect(TCPPacket(Array(Self.recorded6.prefix(length))) == nil)
    }

    @Test(arguments: 0..<52)
    func `cut off anywhere is no packet`(length: Int) {
        #expect(TCPPacket(Array(Self.recorded.prefix(length))) == nil)
    }

    @Test(arguments: [
        (0, 0x65),  // version 6
        (0, 0x44),  // a header of 16 bytes
        (0, 0x4f),  // a header of 60 bytes, longer than the packet leaves room for
        (6, 0x20),  // more fragments follow
        (7, 0x01),  // not the first fragment
        (9, 17),  // UDP
        (2, 1),  // longer than what is there
        (32, 0x40),  // a TCP header of 16 bytes
        (32, 0xf0),  // a TCP header of 60 bytes
    ])
    func `that is none of ours is refused`(offset: Int, byte: Int) {
        var bytes = Self.recorded
        bytes[offset] = UInt8(byte)
        #expect(TCPPacket(bytes) == nil)
    }

    @Test func `may be followed by padding of a frame`() throws {
        let padded = Self.recorded + [0, 0, 0, 0, 0, 0]
        #expect(TCPPacket(padded) == TCPPacket(Self.recorded))
    }

    @Test(arguments: [0, 1, 2, 1000])
    func `is read as it was written`(count: Int) throws {
        var packet = try #require(TCPPacket(Self.recorded))
        packet.flags = [.psh, .ack]
        packet.payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        packet.timestamp = 7
        #expect(packet.timestamp == 7)
        let bytes = packet.encoded
        #expect(TCPPacket(bytes) == packet)
        // Over a header that holds its checksum the sum is all ones (RFC 1071).
        #expect(Self.sum(bytes[..<20]) == 0xffff)
        let pseudoHeader = Array(bytes[12..<20]) + [0, 6] + Self.network(bytes.count - 20)
        #expect(Self.sum((pseudoHeader + bytes[20...])[...]) == 0xffff)
    }

    @Test(arguments: [
        "08", "08 01 00 00", "02 ff 00 00", "01 01 08 0a 00 00 00 00", "00 08 0a 00", "08 00 00 00",
    ])
    func `with broken options has no timestamp`(options: String) throws {
        var packet = try #require(TCPPacket(Self.recorded))
        packet.options = Hex(options).bytes
        #expect(packet.timestamp == nil)
        packet.timestamp = 1
        #expect(packet.options == Hex(options).bytes)
    }

    private static func sum(_ bytes: ArraySlice<UInt8>) -> Int {
        var sum = 0
        for (index, byte) in Array(bytes).enumerated() {
            sum += index % 2 == 0 ? Int(byte) << 8 : Int(byte)
        }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return sum
    }

    private static func network(_ value: Int) -> [UInt8] {
        [UInt8(value >> 8), UInt8(value & 255)]
    }
}

/// Bytes written in hexadecimal; two or more spaces and what follows them on a line are a remark
/// only when it holds a letter beyond `f`.
private struct Hex {
    let bytes: [UInt8]

    init(_ text: String) {
        var digits: [Character] = []
        for line in text.split(separator: "\n") {
            for word in line.split(separator: " ") {
                guard word.allSatisfy(\.isHexDigit), word.count % 2 == 0 else { break }
                digits += word
            }
        }
        bytes = stride(from: 0, to: digits.count - 1, by: 2)
            .compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
}
