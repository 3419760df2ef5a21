// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import TCPClosing

/// The remote end of one connection, played segment by segment.
struct PlayedConnection {
    /// A segment that a state needs did not come.
    struct Missing: Error, CustomStringConvertible {
        var flags: TCPFlags
        var connection: String

        var description: String { "\(connection): no segment with \(flags)" }
    }

    let network: PlayedNetwork
    let local: Destination
    let remote: Destination
    /// Whether timestamps are used (RFC 7323), when the other end offers them.
    let hasTimestamps: Bool
    /// The next number to send.
    private(set) var sequence: UInt32 = 1_000_000
    /// The next number to receive.
    private(set) var expected: UInt32 = 0
    private var clock: UInt32 = 5_000
    private var echo: UInt32 = 0

    init(
        _ network: PlayedNetwork, local: Destination, remote: Destination,
        hasTimestamps: Bool = true
    ) {
        self.network = network
        self.local = local
        self.remote = remote
        self.hasTimestamps = hasTimestamps
    }

    /// Sends a segment; `acknowledging` less than is expected leaves a FIN unacknowledged.
    mutating func send(_ flags: TCPFlags, acknowledging: UInt32? = nil) throws {
        clock += 1
        try network.send(
            PlayedSegment(
                from: remote, to: local, sequence: sequence,
                acknowledgement: flags.contains(.ack) ? acknowledging ?? expected : 0,
                flags: flags, timestamp: hasTimestamps ? clock : nil, echo: echo))
        if flags.contains(.syn) || flags.contains(.fin) { sequence += 1 }
    }

    /// Waits for a segment with these flags and takes it in; others of this connection are old.
    mutating func receive(_ flags: TCPFlags) throws {
        while let segment = try network.receive(withinMilliseconds: 5_000) {
            guard segment.source == local, segment.destination == remote,
                segment.flags.intersection([.syn, .fin, .rst, .ack]) == flags
            else { continue }
            let isLonger = flags.contains(.syn) || flags.contains(.fin)
            expected = segment.sequence + (isLonger ? 1 : 0)
            echo = segment.timestamp ?? 0
            return
        }
        throw Missing(flags: flags, connection: "\(local) \(remote)")
    }

    /// Has the connection go, whatever is left of it.
    mutating func end() throws { try send([.rst, .ack]) }
}
