// SPDX-License-Identifier: Apache-2.0

/// One row of the transition table: what an event does to an end in a state.
public struct Transition: Hashable, Sendable {
    /// What becomes of the state.
    public enum Outcome: Hashable, Sendable {
        /// The state changes.
        case moves(TCPState)
        /// The state stays, but something is sent, a timer starts again, or bytes change hands.
        case stays
        /// The event may happen here and changes nothing.
        case ignored(String)
        /// The event cannot happen here.
        case impossible(String)
    }

    /// What the end sends.
    public enum Reply: String, Hashable, Sendable, CaseIterable {
        /// No segment.
        case nothing = "-"
        /// An ACK without data.
        case ack = "ACK"
        /// A FIN, which carries the current acknowledgement.
        case fin = "FIN"
        /// A RST: in answer to a segment with that segment's acknowledgement number, otherwise with
        /// the next sequence number of its own.
        case rst = "RST"
        /// A SYN.
        case syn = "SYN"
        /// A SYN that acknowledges the remote end's.
        case synAck = "SYN+ACK"
        /// Bytes of the process.
        case data = "data"
    }

    /// Where the end is.
    public let state: TCPState
    /// What happens to it.
    public let event: ClosingEvent
    /// What becomes of the state.
    public let outcome: Outcome
    /// What is sent.
    public let sends: Reply
    /// Whether the TIME-WAIT timer starts, or starts again.
    public let startsTimeWait: Bool
    /// Who says so: an RFC with its section, or a function of Linux.
    public let source: String

    /// Makes a row.
    public init(
        _ state: TCPState, _ event: ClosingEvent, _ outcome: Outcome, sends: Reply = .nothing,
        startsTimeWait: Bool = false, source: String
    ) {
        self.state = state
        self.event = event
        self.outcome = outcome
        self.sends = sends
        self.startsTimeWait = startsTimeWait || outcome == .moves(.timeWait)
        self.source = source
    }

    /// The state afterwards.
    public var next: TCPState {
        switch outcome {
        case .moves(let next): next
        case .stays, .ignored, .impossible: state
        }
    }

    /// Whether the event can happen in this state.
    public var isPossible: Bool {
        switch outcome {
        case .moves, .stays, .ignored: true
        case .impossible: false
        }
    }

    /// Why nothing happens, or nothing can.
    public var reason: String? {
        switch outcome {
        case .moves, .stays: nil
        case .ignored(let reason), .impossible(let reason): reason
        }
    }
}
