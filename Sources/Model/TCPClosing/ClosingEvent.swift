// SPDX-License-Identifier: Apache-2.0

/// What can happen to one end of a connection: a call, a segment that arrives, a timer.
///
/// Segments are told apart by what the receiving end makes of them (RFC 9293 section 3.10.7.4):
/// whether their sequence number is the next one, and whether they acknowledge its FIN. *Old* means
/// that everything in the segment has been received before.
public enum ClosingEvent: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    // MARK: Calls

    /// The process calls listen(2).
    case listen = "listen()"
    /// The process calls connect(2).
    case connect = "connect()"
    /// The process writes.
    case send = "send()"
    /// The process calls shutdown(2) with `SHUT_WR`: a half-close.
    case shutDown = "shutdown(SHUT_WR)"
    /// The last descriptor is closed, and everything received has been read.
    case close = "close()"
    /// The last descriptor is closed, and something received has not been read.
    case closeUnread = "close(), data unread"
    /// The last descriptor is closed with `SO_LINGER {1, 0}`: ABORT in RFC 9293's terms.
    case abort = "close(), linger 0"
    /// The process dies with everything read.
    case processEnds = "process ends"
    /// The process dies with something unread.
    case processEndsUnread = "process ends, data unread"

    // MARK: Segments

    /// A SYN that opens a new connection; in TIME-WAIT, one that is newer than the old connection
    /// (timestamp or sequence number) while somebody listens.
    case syn = "SYN"
    /// A SYN that is not newer than the connection here.
    case oldSyn = "old SYN"
    /// A SYN that acknowledges our SYN.
    case synAck = "SYN+ACK"
    /// The ACK of our SYN.
    case ackOfSyn = "ACK of SYN"
    /// An ACK in sequence that does not acknowledge a FIN of ours.
    case ack = "ACK"
    /// An ACK without data from before the remote end's FIN or last data.
    case oldAck = "old ACK"
    /// An ACK in sequence that acknowledges our FIN.
    case ackOfFin = "ACK of FIN"
    /// The remote end's FIN, next in sequence.
    case fin = "FIN"
    /// The remote end's FIN, next in sequence, that acknowledges ours as well.
    case finAckOfFin = "FIN+ACK of FIN"
    /// The remote end's FIN once more.
    case oldFin = "old FIN"
    /// The remote end's FIN once more, and this time it acknowledges ours.
    case oldFinAckOfFin = "old FIN+ACK of FIN"
    /// Data, next in sequence, while a process can read it.
    case data = "data"
    /// Data, next in sequence, that acknowledges our FIN, while a process can read it.
    case dataAckOfFin = "data+ACK of FIN"
    /// Data, next in sequence, after the last descriptor was closed.
    case lateData = "data, nobody reads"
    /// Data, next in sequence, that acknowledges our FIN, after the last descriptor was closed.
    case lateDataAckOfFin = "data+ACK of FIN, nobody reads"
    /// Data received before.
    case oldData = "old data"
    /// Data or a FIN from beyond a gap.
    case early = "data or FIN beyond a gap"
    /// A RST with the sequence number that is next.
    case rst = "RST"
    /// A RST from beyond a gap.
    case earlyRst = "RST beyond a gap"
    /// A RST from before what was received.
    case oldRst = "old RST"

    // MARK: Timers

    /// The retransmission timer fires: the oldest unacknowledged segment is sent again.
    case retransmissionTimer = "retransmission timer"
    /// The last retransmission was in vain (`tcp_orphan_retries`, `tcp_retries2`).
    case retransmissionsExhausted = "retransmissions exhausted"
    /// An orphan in FIN-WAIT-2 has waited for the remote end's FIN long enough (`tcp_fin_timeout`).
    case finWait2Timer = "FIN-WAIT-2 timer"
    /// Two maximum segment lifetimes are over; a constant 60 s on Linux.
    case timeWaitTimer = "TIME-WAIT timer"
    /// Something sent has been unacknowledged for longer than the user allows (`TCP_USER_TIMEOUT`).
    case userTimeout = "user timeout"

    /// What the event is called in tables and diagrams.
    public var description: String { rawValue }

    /// Where an event comes from.
    public enum Origin: Hashable, Sendable {
        /// The process, or the end of it.
        case call
        /// The network.
        case segment
        /// The kernel's clock.
        case timer
    }

    /// Where the event comes from.
    public var origin: Origin {
        switch self {
        case .listen, .connect, .send, .shutDown, .close, .closeUnread, .abort, .processEnds,
            .processEndsUnread:
            .call
        case .syn, .oldSyn, .synAck, .ackOfSyn, .ack, .oldAck, .ackOfFin, .fin, .finAckOfFin,
            .oldFin,
            .oldFinAckOfFin, .data, .dataAckOfFin, .lateData, .lateDataAckOfFin, .oldData, .early,
            .rst, .earlyRst, .oldRst:
            .segment
        case .retransmissionTimer, .retransmissionsExhausted, .finWait2Timer, .timeWaitTimer,
            .userTimeout:
            .timer
        }
    }

    /// Whether the event says that our FIN has been acknowledged.
    public var acknowledgesFin: Bool {
        switch self {
        case .ackOfFin, .finAckOfFin, .oldFinAckOfFin, .dataAckOfFin, .lateDataAckOfFin: true
        case .listen, .connect, .send, .shutDown, .close, .closeUnread, .abort, .processEnds,
            .processEndsUnread, .syn, .oldSyn, .synAck, .ackOfSyn, .ack, .oldAck, .fin, .oldFin,
            .data, .lateData, .oldData, .early, .rst, .earlyRst, .oldRst, .retransmissionTimer,
            .retransmissionsExhausted, .finWait2Timer, .timeWaitTimer, .userTimeout:
            false
        }
    }
}
