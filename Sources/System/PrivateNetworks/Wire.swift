// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A segment that one end has sent and the wire still holds.
package struct WireSegment: Sendable, Identifiable {
    /// Counts the segments of a wire from 0.
    package let id: Int
    /// Who sent it.
    package let from: WireEnd
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
/// it is delivered, dropped, repeated or overtaken. Packets that are not TCP over IPv4 are dropped.
package final class Wire {
    private let links: [WireEnd: any Link]
    private var nextNumber = 0
    /// What each end has sent and nobody has received, oldest first.
    package private(set) var inFlight: [WireSegment] = []

    init(a: any Link, b: any Link) { links = [.a: a, .b: b] }

    /// What one end has in flight, oldest first.
    package func inFlight(from end: WireEnd) -> [WireSegment] {
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
            for end in WireEnd.allCases {
                guard let link = links[end] else { continue }
                while let bytes = try link.receive() {
                    guard let packet = TCPPacket(bytes) else { continue }
                    isAny = true
                    inFlight.append(
                        WireSegment(
                            id: nextNumber, from: end, packet: packet, arrival: .now,
                            bytes: bytes))
                    nextNumber += 1
                }
            }
            let left = deadline - ContinuousClock.now
            if isAny || left <= .zero { return isAny }
            let milliseconds = left / .milliseconds(1)
            var entries = WireEnd.allCases.map {
                pollfd(fd: links[$0]?.descriptor ?? -1, events: Int16(POLLIN), revents: 0)
            }
            let count = nfds_t(entries.count)
            try systemCall("poll") {
                poll(&entries, count, Int32(min(milliseconds.rounded(.up), 10_000)))
            }
        }
    }

    /// Lets a segment arrive at the other end.
    package func deliver(_ segment: WireSegment) throws(PrivateNetworkError) {
        drop(segment)
        try inject(segment.bytes, to: segment.from.other)
    }

    /// Lets a segment arrive and keeps it in flight: the network has doubled it.
    package func duplicate(_ segment: WireSegment) throws(PrivateNetworkError) {
        try inject(segment.bytes, to: segment.from.other)
    }

    /// Loses a segment.
    package func drop(_ segment: WireSegment) {
        inFlight.removeAll { $0.id == segment.id }
    }

    /// Has a packet arrive at an end, forged or recorded.
    package func inject(_ packet: [UInt8], to end: WireEnd) throws(PrivateNetworkError) {
        try links[end]?.send(packet)
    }
}
