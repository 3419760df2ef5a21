// SPDX-License-Identifier: Apache-2.0

/// Timers (RFC 9293 section 3.10.8).
extension TransitionTable {
    private static let acknowledged = "everything sent is acknowledged"

    static let timers: [Rule] = [
        on(
            .retransmissionTimer, in: [.finWait1, .closing, .lastAck], .stays, sends: .fin,
            "RFC 9293 §3.10.8; Linux tcp_retransmit_timer: after 0.2 s, doubling"),
        on(
            .retransmissionTimer, in: [.established, .closeWait], .stays, sends: .data,
            "RFC 9293 §3.10.8"),
        on(.retransmissionTimer, in: [.synSent], .stays, sends: .syn, "RFC 9293 §3.10.8"),
        on(.retransmissionTimer, in: [.synReceived], .stays, sends: .synAck, "RFC 9293 §3.10.8"),
        on(
            .retransmissionsExhausted, in: [.synSent, .synReceived], .moves(.closed),
            "RFC 9293 §3.8.3; Linux tcp_write_timeout: tcp_syn_retries, tcp_synack_retries"),
        on(
            .retransmissionsExhausted, in: [.established, .closeWait], .moves(.closed),
            "RFC 9293 §3.8.3; Linux tcp_write_timeout: tcp_retries2; no RST"),
        on(
            .retransmissionsExhausted, in: [.finWait1, .closing, .lastAck], .moves(.closed),
            "Linux tcp_write_timeout: tcp_orphan_retries, about 107 s by default; no RST"),
        on(
            .userTimeout,
            in: [
                .synSent, .synReceived, .established, .finWait1, .closeWait, .closing, .lastAck,
            ], .moves(.closed), "RFC 9293 §3.10.8; Linux TCP_USER_TIMEOUT, tcp_write_timeout"),
        on(
            .retransmissionTimer, .retransmissionsExhausted, .userTimeout,
            in: [.finWait2, .timeWait], .impossible(acknowledged), "RFC 9293 §3.10.8"),
        on(
            .retransmissionTimer, .retransmissionsExhausted, .userTimeout, in: [.closed, .listen],
            .impossible("nothing was sent"), "RFC 9293 §3.10.8"),
        on(
            .finWait2Timer, in: [.finWait2], .moves(.closed),
            "Linux tcp_fin_timeout; only for orphans, a half-close waits for ever"),
        on(
            .finWait2Timer, in: TCPState.allCases.filter { $0 != .finWait2 },
            .impossible("runs in FIN-WAIT-2 only"), "Linux tcp_time_wait"),
        on(
            .timeWaitTimer, in: [.timeWait], .moves(.closed),
            "RFC 9293 §3.10.8, MUST-13; Linux TCP_TIMEWAIT_LEN: 60 s"),
        on(
            .timeWaitTimer, in: TCPState.allCases.filter { $0 != .timeWait },
            .impossible("runs in TIME-WAIT only"), "RFC 9293 §3.10.8"),
    ]
}
