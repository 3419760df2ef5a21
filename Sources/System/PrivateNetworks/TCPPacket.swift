// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
package import TCPClosing

/// The control bits of a TCP segment (RFC 9293 section 3.1).
package struct TCPFlags: OptionSet, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let fin = TCPFlags(rawValue: 1)
    package static let syn = TCPFlags(rawValue: 2)
    package static let rst = TCPFlags(rawValue: 4)
    package static let psh = TCPFlags(rawValue: 8)
    package static let ack = TCPFlags(rawValue: 16)

    /// `FIN,ACK`; without PSH, which says nothing about a connection's state.
    package var description: String {
        let names: [(TCPFlags, String)] = [
            (.syn, "SYN"), (.fin, "FIN"), (.rst, "RST"), (.ack, "ACK"),
        ]
        let present = names.filter { contains($0.0) }.map(\.1)
        return present.isEmpty ? "none" : present.joined(separator: ",")
    }
}

/// A TCP segment in a packet of IPv4 or IPv6, as values: what the wire reads, and what it can forge.
package struct TCPPacket: Hashable, Sendable {
    /// Addresses of one family.
    package var source: InternetAddress
    package var destination: InternetAddress
    package var sourcePort: UInt16
    package var destinationPort: UInt16
    package var sequence: UInt32
    package var acknowledgement: UInt32
    package var flags: TCPFlags
    package var window: UInt16
    /// The options with their padding, a multiple of four bytes, at most 40.
    package var options: [UInt8]
    package var payload: [UInt8]

    package init(
        source: InternetAddress, destination: InternetAddress, sourcePort: UInt16,
        destinationPort: UInt16,
        sequence: UInt32, acknowledgement: UInt32 = 0, flags: TCPFlags, window: UInt16 = 65_535,
        options: [UInt8] = [], payload: [UInt8] = []
    ) {
        self.source = source
        self.destination = destination
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.sequence = sequence
        self.acknowledgement = acknowledgement
        self.flags = flags
        self.window = window
        self.options = options
        self.payload = payload
    }

    /// How far the segment moves the sequence number: its payload, SYN and FIN (RFC 9293
    /// section 3.4).
    package var sequenceLength: UInt32 {
        UInt32(payload.count) + (flags.contains(.syn) ? 1 : 0) + (flags.contains(.fin) ? 1 : 0)
    }

    /// The sender's clock in the timestamps option (RFC 7323), or `nil` without one.
    package var timestamp: UInt32? {
        get { timestampOffset.flatMap { options.span.bytes.networkInteger(UInt32.self, at: $0) } }
        set {
            guard let newValue, let offset = timestampOffset else { return }
            var bytes: [UInt8] = []
            bytes.append(networkInteger: newValue)
            options.replaceSubrange(offset..<offset + 4, with: bytes)
        }
    }

    private var timestampOffset: Int? {
        var start = 0
        while start < options.count {
            switch options[start] {
            case 0: return nil
            case 1: start += 1
            case let kind:
                guard start + 1 < options.count else { return nil }
                let length = Int(options[start + 1])
                guard length >= 2, start + length <= options.count else { return nil }
                if kind == 8, length == 10 { return start + 2 }
                start += length
            }
        }
        return nil
    }
}
