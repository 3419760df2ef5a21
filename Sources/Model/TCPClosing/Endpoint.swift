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
    /// Without one the end is an orphan, and in FIN-WAIT-2 on Linux a mini-socket; or nobody has
    /// accepted the connection yet.
    public internal(set) var hasDescriptor = true
    /// Pieces of data received and not read.
    public internal(set) var unread: UInt8 = 0
    /// Whether the socket has `SO_LINGER {1, 0}`, so that closing it aborts.
    public var lingersZero = false
    /// Whether a process listens on the port of this end, so that a SYN finds somebody.
    public var hasListener = false
    /// Whether the SYN of this end is newer than what the remote end remembers.
    public internal(set) var opensNewer = false
    /// The number of the first piece of data; 0 but for a second connection.
    public internal(set) var firstSequence: UInt8 = 0
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
    public var written: UInt8 { sendNext - firstSequence - (hasSentFin ? 1 : 0) }

    /// Whether this end belongs to a second connection, between the same ports.
    public var isReopened: Bool { firstSequence > 0 }

    /// The number of the SYN of a second connection, far from all numbers of the first.
    static let secondSequence: UInt8 = 100
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

    /// A process connects again from the port of this end.
    ///
    /// - Parameters:
    ///   - isNewer: whether the SYN is newer than what the remote end remembers: by its timestamp,
    ///     or by its sequence number.
    ///   - table: what events do.
    /// - Returns: what it did.
    public mutating func reconnect(
        isNewer: Bool, by table: TransitionTable = .linux
    ) -> Reaction {
        opensNewer = isNewer
        return follow(table[state, .reconnect])
    }

    /// A segment arrives.
    public mutating func receive(
        _ segment: Segment, by table: TransitionTable = .linux
    ) -> Reaction {
        let event = event(for: segment)
        // Behind a closed end there may be a listener, which is no part of the connection.
        let place = state == .closed && event == .syn && hasListener ? TCPState.listen : state
        let transition = table[place, event]
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
        if row.next != state { begin(row.next, by: segment) }
        let sent = makeSegment(row, answering: segment)
        state = row.next
        if state == .closed { forget() }
        return Reaction(transition: row, sent: sent)
    }

    /// Starts a second connection, if `next` is one of its first states.
    private mutating func begin(_ next: TCPState, by segment: Segment?) {
        switch next {
        case .synSent, .synReceived:
            if state == .synSent { break }
            sendNext = Self.secondSequence
            unacknowledged = Self.secondSequence
            firstSequence = Self.secondSequence + 1
            receiveNext = segment.map { $0.sequence + 1 } ?? 0
            hasDescriptor = next == .synSent
            unread = 0
        case .closed, .listen, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck,
            .timeWait:
            break
        }
    }

    /// What is closed remembers nothing but whether a descriptor is open.
    private mutating func forget() {
        sendNext = 0
        unacknowledged = 0
        receiveNext = 0
        firstSequence = 0
        unread = 0
        opensNewer = false
    }

    /// Takes in the numbers of a segment.
    private mutating func note(_ segment: Segment, as event: ClosingEvent, _ row: Transition) {
        guard state != .closed, state != .synSent || event == .synAck, row.isPossible else {
            return
        }
        switch event {
        case .ack, .ackOfFin, .ackOfSyn, .oldFin, .oldFinAckOfFin: acknowledge(segment)
        case .synAck:
            guard state == .synSent else { break }
            acknowledge(segment)
            receiveNext = segment.sequence + 1
        case .fin, .finAckOfFin:
            acknowledge(segment)
            receiveNext += 1
        case .data, .dataAckOfFin:
            acknowledge(segment)
            receiveNext += 1
            unread += 1
        case .listen, .connect, .reconnect, .send, .shutDown, .close, .closeUnread, .abort,
            .processEnds,
            .processEndsUnread, .syn, .oldSyn, .oldAck, .lateData,
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
        let isAgain =
            row.event == .retransmissionTimer || (state == .synReceived && row.sends == .synAck)
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
        var sent = Segment(
            kind, sequence: isAgain ? unacknowledged : sendNext, acknowledgement: receiveNext)
        if kind == .rst, let segment {
            // A RST takes its number from the acknowledgement it answers and then has none of its
            // own; a SYN has none to take (RFC 9293 section 3.10.7.1).
            let isBare = segment.kind != .syn
            sent.sequence = isBare ? segment.acknowledgement : 0
            sent.acknowledgement = isBare ? 0 : segment.sequence + 1
        }
        sent.acknowledgesFin = hasReceivedFin || row.receivesFin
        sent.followsFin = hasSentFin && kind == .ack
        sent.isNewer = opensNewer && kind == .syn
        if !isAgain { sendNext += sent.length }
        return sent
    }
}

extension Transition {
    /// Whether the row takes the remote end's FIN in.
    fileprivate var receivesFin: Bool { event == .fin || event == .finAckOfFin }
}
