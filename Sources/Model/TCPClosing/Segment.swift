// SPDX-License-Identifier: Apache-2.0

/// A segment on its way from one end to the other.
///
/// Sequence numbers count what a receiver has to acknowledge: each piece of data and the FIN are one,
/// starting from 0 after the handshake. That is all that acceptability (RFC 9293 section 3.10.7.4)
/// needs; windows and lengths are left out.
public struct Segment: Hashable, Sendable {
    /// What a segment is for; all but a first SYN carry an acknowledgement as well.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// An acknowledgement and nothing else.
        case ack = "ACK"
        /// A FIN.
        case fin = "FIN"
        /// Bytes.
        case data
        /// A RST.
        case rst = "RST"
        /// A SYN without acknowledgement: the first segment of a new connection.
        case syn = "SYN"
        /// A SYN that acknowledges one.
        case synAck = "SYN+ACK"
    }

    /// What it is for.
    public var kind: Kind
    /// SEG.SEQ.
    public var sequence: UInt8
    /// SEG.ACK.
    public var acknowledgement: UInt8
    /// Whether it acknowledges the receiver's FIN.
    public var acknowledgesFin = false
    /// Whether it was sent after its sender's own FIN, and so carries the number behind it.
    public var followsFin = false
    /// For a SYN: whether it is newer than the connection that was there (timestamp or number).
    public var isNewer = false
    /// Which emission of its sender it is, from 1, retransmissions counted; 0 where nobody counts.
    ///
    /// A copy that the network made has the number of the original.
    public var number: UInt8 = 0
    /// Whether the network made it.
    public var isCopy = false
    /// Whether the network has made a copy of it; it makes one at most.
    public var wasCopied = false

    /// Makes a segment.
    public init(_ kind: Kind, sequence: UInt8, acknowledgement: UInt8) {
        self.kind = kind
        self.sequence = sequence
        self.acknowledgement = acknowledgement
    }

    /// How much sequence space it takes.
    public var length: UInt8 {
        switch kind {
        case .ack, .rst: 0
        case .fin, .data, .syn, .synAck: 1
        }
    }

    /// What it is, in words: `FIN`, `FIN+ACK of FIN`, `ACK of FIN`.
    public var label: String {
        guard acknowledgesFin else { return kind.rawValue }
        switch kind {
        case .ack: return "ACK of FIN"
        case .fin, .data: return "\(kind.rawValue)+ACK of FIN"
        case .rst, .syn, .synAck: return kind.rawValue
        }
    }
}
