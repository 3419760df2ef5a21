// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing

/// The forms of RFC 791 section 3.1, RFC 8200 section 3 and RFC 9293 section 3.1.
extension TCPPacket {
    private static let tcp: UInt8 = 6
    private static let headerLength = 20

    /// Where a packet has its TCP segment, and whose it is.
    private typealias Place = (
        segment: Range<Int>, source: InternetAddress, destination: InternetAddress
    )

    /// Reads a packet; `nil` when it is no whole TCP segment.
    ///
    /// Checksums are not looked at: the wire carries what a kernel has just made.
    package init?(_ packet: [UInt8]) {
        let bytes = packet.span.bytes
        let place: Place? =
            switch bytes.integer(UInt8.self, at: 0).map({ $0 >> 4 }) {
            case 4: Self.place(inIPv4: bytes)
            case 6: Self.place(inIPv6: bytes)
            case _: nil
            }
        guard let place, place.segment.upperBound <= packet.count else { return nil }
        let (start, end) = (place.segment.lowerBound, place.segment.upperBound)
        guard start + Self.headerLength <= end,
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
            source: place.source, destination: place.destination, sourcePort: sourcePort,
            destinationPort: destinationPort, sequence: sequence,
            acknowledgement: acknowledgement, flags: TCPFlags(rawValue: flags), window: window,
            options: Array(packet[start + Self.headerLength..<payload]),
            payload: Array(packet[payload..<end]))
    }

    private static func place(inIPv4 bytes: RawSpan) -> Place? {
        guard let first = bytes.integer(UInt8.self, at: 0),
            let totalLength = bytes.networkInteger(UInt16.self, at: 2),
            let fragment = bytes.networkInteger(UInt16.self, at: 6), fragment & 0x3fff == 0,
            let proto = bytes.integer(UInt8.self, at: 9), proto == tcp,
            let source = bytes.networkInteger(UInt32.self, at: 12),
            let destination = bytes.networkInteger(UInt32.self, at: 16)
        else { return nil }
        let start = Int(first & 15) * 4
        guard start >= headerLength, start <= Int(totalLength) else { return nil }
        return (start..<Int(totalLength), .v4(source), .v4(destination))
    }

    /// Without extension headers: a kernel puts none before what it sends here.
    private static func place(inIPv6 bytes: RawSpan) -> Place? {
        guard let length = bytes.networkInteger(UInt16.self, at: 4),
            let next = bytes.integer(UInt8.self, at: 6), next == tcp,
            let source = address(in: bytes, at: 8), let destination = address(in: bytes, at: 24)
        else { return nil }
        return (40..<40 + Int(length), source, destination)
    }

    private static func address(in bytes: RawSpan, at offset: Int) -> InternetAddress? {
        guard let high = bytes.networkInteger(UInt64.self, at: offset),
            let low = bytes.networkInteger(UInt64.self, at: offset + 8)
        else { return nil }
        return .v6(high: high, low: low, zone: 0)
    }

    /// The packet, with its checksums.
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

        let addresses = Self.bytes(of: source) + Self.bytes(of: destination)
        // The number of the protocol and the length are added up wherever they stand.
        var pseudoHeader = addresses + [0, Self.tcp]
        pseudoHeader.append(networkInteger: UInt16(segment.count))
        Self.store(Self.checksum(of: pseudoHeader + segment), in: &segment, at: 16)
        switch source {
        case .v4: return Self.header4(addresses, segment.count) + segment
        case .v6: return Self.header6(addresses, segment.count) + segment
        }
    }

    private static func header4(_ addresses: [UInt8], _ length: Int) -> [UInt8] {
        // version and length, service, total length, identification, don't fragment, TTL
        var header: [UInt8] = [0x45, 0]
        header.append(networkInteger: UInt16(headerLength + length))
        header += [0, 0, 0x40, 0, 64, tcp, 0, 0] + addresses
        store(checksum(of: header), in: &header, at: 10)
        return header
    }

    private static func header6(_ addresses: [UInt8], _ length: Int) -> [UInt8] {
        // version, class and flow label, length, next header, hop limit
        var header: [UInt8] = [0x60, 0, 0, 0]
        header.append(networkInteger: UInt16(length))
        return header + [tcp, 64] + addresses
    }

    private static func bytes(of address: InternetAddress) -> [UInt8] {
        var bytes: [UInt8] = []
        switch address {
        case .v4(let bits): bytes.append(networkInteger: bits)
        case .v6(let high, let low, zone: _):
            bytes.append(networkInteger: high)
            bytes.append(networkInteger: low)
        }
        return bytes
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
