// SPDX-License-Identifier: Apache-2.0

/// One end of a connection: its state and what else decides what happens next.
///
/// The state moves only by a row of a `TransitionTable`. This type's own work is to say which event a
/// call or a segment *is* here (`event(for:)`), and to keep the counters that this takes. Each answer
/// is sent at once: delayed ACKs (RFC 9293 section 3.8.6.3) are not modelled, as an ACK of a FIN is
/// never delayed on Linux unless the process has just answered data.
public struct Endpoint: Hashable, Sendable {
    /// What an event did.
    public struct Reaction: Hashable, Sendable {
        /// The row of the table that was followed; `nil` for `read`, which TCP does not notice.
        public let transition: Transition?
        /// What was sent, if anything: one segment at most answers an event.
        public let sent: Segment?
    }

    /// The state (RFC 9293 section 3.3.2).
    public internal(set) var state: TCPState = .established
    /// Whether a process still holds a descriptor.
    ///
    /// Without one the end is an orphan, and in FIN-WAIT-2 on Linux a mini-socket.
    public internal(set) var hasDescriptor = true
    /// Pieces of data received and not read.
    public internal(set) var unread: UInt8 = 0
    /// Whether the socket has `SO_LINGER {1, 0}`, so that closing it aborts.
    public var lingersZero = false
    /// SND.NXT: the number of the next thing sent.
    public internal(set) var sendNext: UInt8 = 0
    /// SND.UNA: the oldest number not acknowledged.
    public internal(set) var unacknowledged: UInt8 = 0
    /// RCV.NXT: the number of the next thing received.
    public internal(set) var receiveNext: UInt8 = 0

    /// An end of an open connection on which nothing has been sent since the handshake.
    public static let established = Endpoint()

    init() {}

    /// Whether our FIN has been sent.
    public var hasSentFin: Bool {
        switch state {
        case .finWait1, .finWait2, .closing, .lastAck, .timeWait: true
        case .closed, .listen, .synSent, .synReceived, .established, .closeWait: false
        }
    }

    /// Whether the remote end's FIN has been received.
    public var hasReceivedFin: Bool {
        switch state {
        case .closeWait, .closing, .lastAck, .timeWait: true
        case .closed, .listen, .synSent, .synReceived, .established, .finWait1, .finWait2: false
        }
    }

    /// Whether our FIN has been sent and acknowledged.
    public var isFinAcknowledged: Bool { hasSentFin && unacknowledged == sendNext }

    /// Whether something sent waits for its acknowledgement, so that the retransmission timer runs.
    public var awaitsAcknowledgement: Bool { state != .closed && unacknowledged != sendNext }

    /// Whether Linux keeps no socket for this end, only what the four-tuple needs (a mini-socket):
    /// TIME-WAIT always, FIN-WAIT-2 once no process has a descriptor.
    public var isMiniSocket: Bool {
        state == .timeWait || (state == .finWait2 && !hasDescriptor)
    }

    /// Pieces of data sent so far.
    public var written: UInt8 { sendNext - (hasSentFin ? 1 : 0) }
}

extension Endpoint {
    /// The process does something.
    public mutating func call(_ call: UserCall, by table: TransitionTable = .linux) -> Reaction {
        guard let event = event(for: call) else {
            unread = 0
            return Reaction(transition: nil, sent: nil)
        }
        let reaction = follow(table[state, event])
        switch call {
        case .close, .abort, .die:
            hasDescriptor = false
            unread = 0
        case .shutDown, .send, .read: break
        }
        return reaction
    }

    /// A segment arrives.
    public mutating func receive(_ segment: Segment, by table: TransitionTable = .linux) -> Reaction
    {
        let event = event(for: segment)
        let transition = table[state, event]
        note(segment, as: event, transition)
        return follow(transition, answering: segment)
    }

    /// The retransmission timer fires.
    public mutating func retransmit(by table: TransitionTable = .linux) -> Reaction {
        follow(table[state, .retransmissionTimer])
    }

    /// A timer that ends something fires.
    public mutating func expire(
        _ timer: ClosingTimer, by table: TransitionTable = .linux
    ) -> Reaction {
        follow(table[state, timer.event])
    }

    /// The one place where the state changes.
    private mutating func follow(_ row: Transition, answering segment: Segment? = nil) -> Reaction {
        guard row.isPossible else { return Reaction(transition: row, sent: nil) }
        let sent = makeSegment(row, answering: segment)
        state = row.next
        if state == .closed { forget() }
        return Reaction(transition: row, sent: sent)
    }

    /// What is closed remembers nothing but its descriptor and what was not read.
    private mutating func forget() {
        sendNext = 0
        unacknowledged = 0
        receiveNext = 0
    }

    /// Takes in the numbers of a segment.
    private mutating func note(_ segment: Segment, as event: ClosingEvent, _ row: Transition) {
        guard state != .closed, row.isPossible else { return }
        switch event {
        case .ack, .ackOfFin, .oldFin, .oldFinAckOfFin: acknowledge(segment)
        case .fin, .finAckOfFin:
            acknowledge(segment)
            receiveNext += 1
        case .data, .dataAckOfFin:
            acknowledge(segment)
            receiveNext += 1
            unread += 1
        case .listen, .connect, .send, .shutDown, .close, .closeUnread, .abort, .processEnds,
            .processEndsUnread, .syn, .oldSyn, .synAck, .ackOfSyn, .oldAck, .lateData,
            .lateDataAckOfFin, .oldData, .early, .rst, .earlyRst, .oldRst, .retransmissionTimer,
            .retransmissionsExhausted, .finWait2Timer, .timeWaitTimer, .userTimeout:
            break
        }
    }

    private mutating func acknowledge(_ segment: Segment) {
        unacknowledged = max(unacknowledged, min(segment.acknowledgement, sendNext))
    }

    /// Makes what a row sends, in the state before it.
    private mutating func makeSegment(_ row: Transition, answering segment: Segment?) -> Segment? {
        let isAgain = row.event == .retransmissionTimer
        // What is unacknowledged may be data even where the row says FIN: the oldest goes first.
        let isOldData = isAgain && hasSentFin && unacknowledged + 1 < sendNext
        let kind: Segment.Kind
        switch row.sends {
        case .nothing: return nil
        case .ack: kind = .ack
        case .fin: kind = isOldData ? .data : .fin
        case .data: kind = .data
        case .rst: kind = .rst
        case .syn: kind = .syn
        case .synAck: kind = .synAck
        }
        var sequence = isAgain ? unacknowledged : sendNext
        if kind == .rst, let segment { sequence = segment.acknowledgement }
        var sent = Segment(kind, sequence: sequence, acknowledgement: receiveNext)
        sent.acknowledgesFin = hasReceivedFin || row.receivesFin
        sent.followsFin = hasSentFin && kind == .ack
        if !isAgain { sendNext += sent.length }
        return sent
    }
}

extension Transition {
    /// Whether the row takes the remote end's FIN in.
    fileprivate var receivesFin: Bool { event == .fin || event == .finAckOfFin }
}
