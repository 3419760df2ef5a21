// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics

/// The forms of RFC 791 section 3.1 and RFC 9293 section 3.1.
extension TCPPacket {
    private static let tcp: UInt8 = 6
    private static let headerLength = 20

    /// Reads an IPv4 packet; `nil` when it is no whole TCP segment.
    ///
    /// Checksums are not looked at: the wire carries what a kernel has just made.
    package init?(_ packet: [UInt8]) {
        let bytes = packet.span.bytes
        guard let first = bytes.integer(UInt8.self, at: 0), first >> 4 == 4,
            let totalLength = bytes.networkInteger(UInt16.self, at: 2),
            let fragment = bytes.networkInteger(UInt16.self, at: 6), fragment & 0x3fff == 0,
            let proto = bytes.integer(UInt8.self, at: 9), proto == Self.tcp,
            let source = bytes.networkInteger(UInt32.self, at: 12),
            let destination = bytes.networkInteger(UInt32.self, at: 16)
        else { return nil }
        let start = Int(first & 15) * 4
        let end = Int(totalLength)
        guard start >= Self.headerLength, end <= packet.count, start + Self.headerLength <= end,
            let sourcePort = bytes.networkInteger(UInt16.self, at: start),
            let destinationPort = bytes.networkInteger(UInt16.self, at: start + 2),
            let sequence = bytes.networkInteger(UInt32.self, at: start + 4),
            let acknowledgement = bytes.networkInteger(UInt32.self, at: start + 8),
            let offset = bytes.integer(UInt8.self, at: start + 12),
            let flags = bytes.integer(UInt8.self, at: start + 13),
            let window = bytes.networkInteger(UInt16.self, at: start + 14)
        else { return nil }
        let payload = start + Int(offset >> 4) * 4
        guard payload >= start + Self.headerLength, payload <= end else { return nil }
        self.init(
            source: source, destination: destination, sourcePort: sourcePort,
            destinationPort: destinationPort, sequence: sequence,
            acknowledgement: acknowledgement, flags: TCPFlags(rawValue: flags), window: window,
            options: Array(packet[start + Self.headerLength..<payload]),
            payload: Array(packet[payload..<end]))
    }

    /// The packet, with both checksums.
    package var encoded: [UInt8] {
        var segment: [UInt8] = []
        segment.append(networkInteger: sourcePort)
        segment.append(networkInteger: destinationPort)
        segment.append(networkInteger: sequence)
        segment.append(networkInteger: acknowledgement)
        segment.append(UInt8((Self.headerLength + options.count) / 4) << 4)
        segment.append(flags.rawValue)
        segment.append(networkInteger: window)
        segment += [0, 0, 0, 0]
        segment += options
        segment += payload

        var pseudoHeader: [UInt8] = []
        pseudoHeader.append(networkInteger: source)
        pseudoHeader.append(networkInteger: destination)
        pseudoHeader += [0, Self.tcp]
        pseudoHeader.append(networkInteger: UInt16(segment.count))
        Self.store(Self.checksum(of: pseudoHeader + segment), in: &segment, at: 16)

        // version and length, service, total length, identification, don't fragment, TTL
        var header: [UInt8] = [0x45, 0]
        header.append(networkInteger: UInt16(Self.headerLength + segment.count))
        header += [0, 0, 0x40, 0, 64, Self.tcp, 0, 0]
        header.append(networkInteger: source)
        header.append(networkInteger: destination)
        Self.store(Self.checksum(of: header), in: &header, at: 10)
        return header + segment
    }

    private static func store(_ checksum: UInt16, in bytes: inout [UInt8], at offset: Int) {
        bytes[offset] = UInt8(checksum >> 8)
        bytes[offset + 1] = UInt8(checksum & 255)
    }

    /// The Internet checksum (RFC 1071).
    static func checksum(of bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for (index, byte) in bytes.enumerated() {
            sum += index % 2 == 0 ? UInt32(byte) << 8 : UInt32(byte)
        }
        while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
        return ~UInt16(sum)
    }
}
