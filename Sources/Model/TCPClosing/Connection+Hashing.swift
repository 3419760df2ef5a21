// SPDX-License-Identifier: Apache-2.0

// An exploration spends much of its time looking up connections it has met. What they are made of is
// small, so each part is hashed as one number.

extension Endpoint {
    /// Feeds all of its parts to a hasher, as one number.
    public func hash(into hasher: inout Hasher) {
        var bits = UInt64(state.ordinal)
        for part in [unread, firstSequence, sendNext, unacknowledged, receiveNext] {
            bits = bits << 8 | UInt64(part)
        }
        for flag in [hasDescriptor, lingersZero, hasListener, opensNewer] {
            bits = bits << 1 | (flag ? 1 : 0)
        }
        hasher.combine(bits)
    }
}

extension Segment {
    /// Feeds all of its parts to a hasher, as one number.
    public func hash(into hasher: inout Hasher) {
        var bits = kind.ordinal
        for part in [sequence, acknowledgement, number] { bits = bits << 8 | UInt64(part) }
        for flag in [acknowledgesFin, followsFin, isNewer, isCopy, wasCopied] {
            bits = bits << 1 | (flag ? 1 : 0)
        }
        hasher.combine(bits)
    }
}

extension Segment.Kind {
    fileprivate var ordinal: UInt64 {
        switch self {
        case .ack: 0
        case .fin: 1
        case .data: 2
        case .rst: 3
        case .syn: 4
        case .synAck: 5
        }
    }
}
