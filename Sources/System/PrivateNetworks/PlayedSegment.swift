// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
package import TCPClosing

/// A TCP segment without data, over IPv4 or IPv6, as far as playing a remote host needs it.
package struct PlayedSegment: Hashable, Sendable {
    package var source: Destination
    package var destination: Destination
    package var sequence: UInt32
    package var acknowledgement: UInt32
    package var flags: TCPFlags
    /// The sender's clock in the timestamps option (RFC 7323), or `nil` without one.
    package var timestamp: UInt32?
    /// The clock it echoes.
    package var echo: UInt32 = 0

    package init(
        from source: Destination, to destination: Destination, sequence: UInt32,
        acknowledgement: UInt32, flags: TCPFlags, timestamp: UInt32?, echo: UInt32
    ) {
        self.source = source
        self.destination = destination
        self.sequence = sequence
        self.acknowledgement = acknowledgement
        self.flags = flags
        self.timestamp = timestamp
        self.echo = echo
    }

    private static let tcp: UInt8 = 6

    /// Reads a packet; `nil` when it is no TCP segment.
    init?(_ packet: [UInt8]) {
        let bytes = packet.span.bytes
        guard let first = bytes.integer(UInt8.self, at: 0) else { return nil }
        let start: Int
        let addresses: (InternetAddress, InternetAddress)
        switch first >> 4 {
        case 4:
            guard bytes.integer(UInt8.self, at: 9) == Self.tcp,
                let from = bytes.networkInteger(UInt32.self, at: 12),
                let to = bytes.networkInteger(UInt32.self, at: 16)
            else { return nil }
            addresses = (.v4(from), .v4(to))
            start = Int(first & 15) * 4
        case 6:
            guard bytes.integer(UInt8.self, at: 6) == Self.tcp,
                let high = bytes.networkInteger(UInt64.self, at: 8),
                let low = bytes.networkInteger(UInt64.self, at: 16),
                let toHigh = bytes.networkInteger(UInt64.self, at: 24),
                let toLow = bytes.networkInteger(UInt64.self, at: 32)
            else { return nil }
            addresses = (
                .v6(high: high, low: low, zone: 0), .v6(high: toHigh, low: toLow, zone: 0)
            )
            start = 40
        case _: return nil
        }
        guard let fromPort = bytes.networkInteger(UInt16.self, at: start),
            let toPort = bytes.networkInteger(UInt16.self, at: start + 2),
            let sequence = bytes.networkInteger(UInt32.self, at: start + 4),
            let acknowledgement = bytes.networkInteger(UInt32.self, at: start + 8),
            let offset = bytes.integer(UInt8.self, at: start + 12),
            let flags = bytes.integer(UInt8.self, at: start + 13)
        else { return nil }
        source = Destination(address: addresses.0, port: fromPort)
        destination = Destination(address: addresses.1, port: toPort)
        self.sequence = sequence
        self.acknowledgement = acknowledgement
        self.flags = TCPFlags(rawValue: flags)
        let end = min(start + Int(offset >> 4) * 4, packet.count)
        if let option = Self.timestampOption(in: packet, from: start + 20, to: end) {
            timestamp = bytes.networkInteger(UInt32.self, at: option + 2)
            echo = bytes.networkInteger(UInt32.self, at: option + 6) ?? 0
        }
    }

    private static func timestampOption(in packet: [UInt8], from start: Int, to end: Int) -> Int? {
        var place = start
        while place < end {
            switch packet[place] {
            case 0: return nil
            case 1: place += 1
            case let kind:
                guard place + 1 < end, packet[place + 1] >= 2 else { return nil }
                if kind == 8 { return place }
                place += Int(packet[place + 1])
            }
        }
        return nil
    }

    /// The packet, with its checksums.
    var encoded: [UInt8] {
        let length = timestamp == nil ? 20 : 32
        var segment: [UInt8] = []
        segment.append(networkInteger: source.port)
        segment.append(networkInteger: destination.port)
        segment.append(networkInteger: sequence)
        segment.append(networkInteger: acknowledgement)
        segment.append(UInt8(length / 4) << 4)
        segment.append(flags.rawValue)
        segment.append(networkInteger: UInt16.max)
        segment += [0, 0, 0, 0]
        if let timestamp {
            segment += [1, 1, 8, 10]
            segment.append(networkInteger: timestamp)
            segment.append(networkInteger: echo)
        }
        var pseudoHeader = Self.bytes(of: source.address) + Self.bytes(of: destination.address)
        pseudoHeader += [0, Self.tcp, 0, UInt8(length)]
        let checksum = Self.checksum(pseudoHeader + segment)
        segment[16] = UInt8(checksum >> 8)
        segment[17] = UInt8(checksum & 255)
        return header(length) + segment
    }

    private func header(_ length: Int) -> [UInt8] {
        let addresses = Self.bytes(of: source.address) + Self.bytes(of: destination.address)
        switch source.address {
        case .v4:
            var header: [UInt8] = [
                0x45, 0, 0, UInt8(20 + length), 0, 0, 0x40, 0, 64, Self.tcp, 0, 0,
            ]
            header += addresses
            let checksum = Self.checksum(header)
            header[10] = UInt8(checksum >> 8)
            header[11] = UInt8(checksum & 255)
            return header
        case .v6: return [0x60, 0, 0, 0, 0, UInt8(length), Self.tcp, 64] + addresses
        }
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

    /// RFC 1071.
    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        var index = 0
        while index < bytes.count {
            sum +=
                UInt32(bytes[index]) << 8 | UInt32(index + 1 < bytes.count ? bytes[index + 1] : 0)
            index += 2
        }
        while sum > 0xffff { sum = sum >> 16 + sum & 0xffff }
        return ~UInt16(truncatingIfNeeded: sum)
    }
}
