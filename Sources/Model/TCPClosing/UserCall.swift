// SPDX-License-Identifier: Apache-2.0

/// What a process can do with its end of an open connection.
public enum UserCall: String, Hashable, Sendable, CaseIterable {
    /// Closes its last descriptor. The corresponding C function is close(2).
    case close
    /// Sends a FIN and keeps reading. The corresponding C function is shutdown(2) with `SHUT_WR`.
    case shutDown = "shutdown"
    /// Closes with `SO_LINGER {1, 0}`.
    case abort
    /// Dies: the kernel closes its descriptors, like close(2).
    case die
    /// Writes one piece of data.
    case send
    /// Reads everything that has arrived.
    case read
}

/// A timer of the kernel that ends something; the retransmission timer is an event of its own.
public enum ClosingTimer: String, Hashable, Sendable, CaseIterable {
    /// The last retransmission was in vain (`tcp_orphan_retries`): about 107 s by default.
    case retransmissionsExhausted = "retransmissions exhausted"
    /// An orphan's FIN-WAIT-2 is over (`tcp_fin_timeout`, 60 s by default).
    case finWait2 = "FIN-WAIT-2 timer"
    /// TIME-WAIT is over: 60 s, constant.
    case timeWait = "TIME-WAIT timer"
    /// `TCP_USER_TIMEOUT` has passed.
    case user = "user timeout"

    /// The row of the transition table it stands for.
    public var event: ClosingEvent {
        switch self {
        case .retransmissionsExhausted: .retransmissionsExhausted
        case .finWait2: .finWait2Timer
        case .timeWait: .timeWaitTimer
        case .user: .userTimeout
        }
    }
}
