// SPDX-License-Identifier: Apache-2.0

/// The eleven states of a TCP connection (RFC 9293 section 3.3.2), spelled as there.
public enum TCPState: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// There is no connection; also what is left once it is over.
    case closed = "CLOSED"
    /// Waits for a SYN from any remote end.
    case listen = "LISTEN"
    /// Our SYN is out; waits for the remote end's.
    case synSent = "SYN-SENT"
    /// Both SYNs are out; waits for the ACK of ours.
    case synReceived = "SYN-RECEIVED"
    /// Both directions are open.
    case established = "ESTABLISHED"
    /// Our FIN is out, not acknowledged; the remote end has not sent its own.
    case finWait1 = "FIN-WAIT-1"
    /// Our FIN is acknowledged; the remote end has not sent its own.
    case finWait2 = "FIN-WAIT-2"
    /// The remote end's FIN has come; the process here has not closed yet.
    case closeWait = "CLOSE-WAIT"
    /// Both FINs have crossed; ours is not acknowledged yet.
    case closing = "CLOSING"
    /// The remote end's FIN came first, ours is out and not acknowledged yet.
    case lastAck = "LAST-ACK"
    /// Both FINs are acknowledged; waits for stray segments to die out (60 s on Linux).
    case timeWait = "TIME-WAIT"

    /// The name as RFC 9293 writes it.
    public var description: String { rawValue }

    /// Whether the sequence numbers of both ends are agreed on (RFC 9293 section 3.3.2).
    public var isSynchronized: Bool {
        switch self {
        case .closed, .listen, .synSent, .synReceived: false
        case .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait: true
        }
    }

    /// The state of a name in RFC 9293's spelling, whatever the case of its letters.
    ///
    /// `FIN_WAIT_1` and `finwait1` are understood as well; `nil` for anything else.
    public init?(named name: String) {
        func bare(_ text: String) -> String {
            text.uppercased().filter { $0.isLetter || $0.isNumber }
        }
        guard let state = TCPState.allCases.first(where: { bare($0.rawValue) == bare(name) }) else {
            return nil
        }
        self = state
    }
}
