// SPDX-License-Identifier: Apache-2.0

import Glibc
package import TCPClosing

/// A segment that one end has sent and the wire still holds.
package struct WireSegment: Sendable, Identifiable {
    /// Counts the segments of a wire from 0.
    package let id: Int
    /// Who sent it.
    package let from: ConnectionEnd
    /// What it says.
    package let packet: TCPPacket
    /// When it was read.
    package let arrival: ContinuousClock.Instant
    /// The packet itself.
    let bytes: [UInt8]
}

/// A cable between two namespaces that carries one segment at a time, when it is told to.
///
/// Nothing moves by itself: what the two ends send waits in flight, in the order it was sent, until
/// it is delivered, dropped, repeated or overtaken. Packets that are not TCP are dropped.
package final class Wire {
    private let links: [ConnectionEnd: any Link]
    private var nextNumber = 0
    /// What each end has sent and nobody has received, oldest first.
    package private(set) var inFlight: [WireSegment] = []

    init(a: any Link, b: any Link) { links = [.a: a, .b: b] }

    /// What one end has in flight, oldest first.
    package func inFlight(from end: ConnectionEnd) -> [WireSegment] {
        inFlight.filter { $0.from == end }
    }

    /// Takes what the ends have sent; waits for it at most so long.
    ///
    /// - Returns: whether there was something.
    @discardableResult
    package func collect(within time: Duration = .zero) throws(PrivateNetworkError) -> Bool {
        let deadline = ContinuousClock.now + time
        while true {
            var isAny = false
            for end in ConnectionEnd.allCases {
                guard let link = links[end] else { continue }
                while let bytes = try link.receive() {
                    guard let packet = TCPPacket(bytes) else { continue }
                    isAny = true
                    append(packet, bytes, from: end)
                }
            }
            let left = deadline - ContinuousClock.now
            if isAny || left <= .zero { return isAny }
            let milliseconds = left / .milliseconds(1)
            var entries = ConnectionEnd.allCases.map {
                pollfd(fd: links[$0]?.descriptor ?? -1, events: Int16(POLLIN), revents: 0)
            }
            let count = nfds_t(entries.count)
            try systemCall("poll") {
                poll(&entries, count, Int32(min(milliseconds.rounded(.up), 10_000)))
            }
        }
    }

    @discardableResult
    private func append(
        _ packet: TCPPacket, _ bytes: [UInt8], from end: ConnectionEnd
    ) -> WireSegment {
        let segment = WireSegment(
            id: nextNumber, from: end, packet: packet, arrival: .now, bytes: bytes)
        nextNumber += 1
        inFlight.append(segment)
        return segment
    }

    /// Lets a segment arrive at the other end.
    package func deliver(_ segment: WireSegment) throws(PrivateNetworkError) {
        drop(segment)
        try inject(segment.bytes, to: segment.from.other)
    }

    /// Copies a segment, as a network may; the copy travels last.
    @discardableResult
    package func duplicate(_ segment: WireSegment) -> WireSegment {
        append(segment.packet, segment.bytes, from: segment.from)
    }

    /// Loses a segment.
    package func drop(_ segment: WireSegment) {
        inFlight.removeAll { $0.id == segment.id }
    }

    /// Has a packet arrive at an end, forged or recorded.
    package func inject(_ packet: [UInt8], to end: ConnectionEnd) throws(PrivateNetworkError) {
        try links[end]?.send(packet)
    }
}
