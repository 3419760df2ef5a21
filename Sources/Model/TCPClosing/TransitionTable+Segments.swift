// SPDX-License-Identifier: Apache-2.0

/// Segments that reach a synchronized end (RFC 9293 section 3.10.7.4).
extension TransitionTable {
    private static let noFinOfOurs = "a FIN of ours has not been sent"
    private static let noFinOfTheirs = "the remote end's FIN has not come before"
    private static let finOfTheirs = "the remote end's FIN has come: nothing follows it"
    private static let readable = "the descriptor is open"
    private static let timeWaitRestarts = "RFC 9293 §3.10.7.4; Linux tcp_minisocks.c"

    /// Segments without data or FIN.
    static let acknowledgements: [Rule] = [
        on(
            .ack, in: [.established, .finWait1, .finWait2, .closeWait, .closing, .lastAck],
            .ignored("acknowledges no FIN"), "RFC 9293 §3.10.7.4"),
        on(
            .ack, .ackOfFin, in: [.timeWait], .stays, startsTimeWait: true,
            "Linux tcp_minisocks.c: in window, so unanswered, but the 60 s start again"),
        on(
            .ackOfFin, in: [.established, .closeWait], .impossible(noFinOfOurs),
            "RFC 9293 §3.3.2"),
        on(.ackOfFin, in: [.finWait1], .moves(.finWait2), "RFC 9293 §3.10.7.4"),
        on(
            .ackOfFin, in: [.finWait2], .ignored("our FIN is acknowledged already"),
            "RFC 9293 §3.10.7.4"),
        on(.ackOfFin, in: [.closing], .moves(.timeWait), "RFC 9293 §3.10.7.4"),
        on(.ackOfFin, in: [.lastAck], .moves(.closed), "RFC 9293 §3.10.7.4"),
        on(
            .oldAck, in: [.established, .finWait1, .finWait2, .closeWait, .closing, .lastAck],
            .stays, sends: .ack, "RFC 9293 §3.10.7.4, first check; Linux tcp_send_dupack"),
        on(
            .oldAck, in: [.timeWait], .stays, sends: .ack, startsTimeWait: true,
            "RFC 9293 §3.10.7.4, first check; Linux tcp_minisocks.c: out of window; measured"),
    ]

    /// The remote end's FIN, the first time and again.
    static let fins: [Rule] = [
        on(.fin, in: [.established], .moves(.closeWait), sends: .ack, "RFC 9293 §3.10.7.4"),
        on(.fin, in: [.finWait1], .moves(.closing), sends: .ack, "RFC 9293 §3.10.7.4"),
        on(
            .fin, in: [.finWait2], .moves(.timeWait), sends: .ack,
            "RFC 9293 §3.10.7.4; Linux tcp_minisocks.c, also with an old acknowledgement"),
        on(
            .finAckOfFin, in: [.finWait1, .finWait2], .moves(.timeWait), sends: .ack,
            "RFC 9293 §3.10.7.4"),
        on(
            .fin, .finAckOfFin, in: [.closing, .lastAck, .timeWait], .impossible(finOfTheirs),
            "RFC 9293 §3.10.7.4"),
        on(.fin, in: [.closeWait], .impossible(finOfTheirs), "RFC 9293 §3.10.7.4"),
        on(
            .finAckOfFin, .oldFinAckOfFin, in: [.established, .closeWait],
            .impossible(noFinOfOurs), "RFC 9293 §3.3.2"),
        on(
            .oldFin, in: [.established, .finWait1, .finWait2], .impossible(noFinOfTheirs),
            "RFC 9293 §3.10.7.4"),
        on(
            .oldFinAckOfFin, in: [.finWait1, .finWait2], .impossible(noFinOfTheirs),
            "RFC 9293 §3.10.7.4"),
        on(
            .oldFin, in: [.closeWait, .closing, .lastAck], .stays, sends: .ack,
            "RFC 9293 §3.10.7.4; Linux tcp_data_queue: a retransmission, acknowledged at once"),
        on(
            .oldFinAckOfFin, in: [.closing], .moves(.timeWait),
            "Linux tcp_rcv_state_process: the FIN itself is not looked at, so no ACK"),
        on(
            .oldFinAckOfFin, in: [.lastAck], .moves(.closed),
            "Linux tcp_rcv_state_process: the FIN itself is not looked at, so no ACK"),
        on(
            .oldFin, .oldFinAckOfFin, in: [.timeWait], .stays, sends: .ack, startsTimeWait: true,
            timeWaitRestarts),
    ]

    /// Data, wanted and unwanted.
    static let bytes: [Rule] = [
        on(
            .data, in: [.established, .finWait1, .finWait2], .stays, sends: .ack,
            "RFC 9293 §3.10.7.4"),
        on(
            .dataAckOfFin, in: [.finWait1], .moves(.finWait2), sends: .ack, "RFC 9293 §3.10.7.4"),
        on(.dataAckOfFin, in: [.finWait2], .stays, sends: .ack, "RFC 9293 §3.10.7.4"),
        on(
            .lateData, .lateDataAckOfFin, in: [.finWait1, .finWait2], .moves(.closed), sends: .rst,
            "RFC 9293 §3.6.1 SHLD-3; RFC 1122 §4.2.2.13; Linux tcp_rcv_state_process, TCP_TW_RST"),
        on(.lateData, in: [.established], .impossible(readable), "RFC 9293 §3.3.2"),
        on(
            .dataAckOfFin, .lateDataAckOfFin, in: [.established, .closeWait],
            .impossible(noFinOfOurs), "RFC 9293 §3.3.2"),
        on(
            .data, .lateData, .early, in: [.closeWait, .closing, .lastAck, .timeWait],
            .impossible(finOfTheirs), "RFC 9293 §3.10.7.4"),
        on(
            .dataAckOfFin, .lateDataAckOfFin, in: [.closing, .lastAck, .timeWait],
            .impossible(finOfTheirs), "RFC 9293 §3.10.7.4"),
        on(
            .oldData, in: [.established, .finWait1, .finWait2, .closeWait, .closing, .lastAck],
            .stays, sends: .ack, "RFC 9293 §3.10.7.4, first check"),
        on(
            .oldData, in: [.timeWait], .stays, sends: .ack, startsTimeWait: true,
            timeWaitRestarts),
        on(
            .early, in: [.established, .finWait1, .finWait2], .stays, sends: .ack,
            "RFC 9293 §3.10.7.4; the queue for what comes early is not modelled"),
    ]

    /// RSTs.
    static func resets(rfc1337: Bool) -> [Rule] {
        let timeWait =
            rfc1337
            ? on(
                .rst, in: [.timeWait], .ignored("net.ipv4.tcp_rfc1337 is on"), "RFC 1337 §3 (F1)")
            : on(
                .rst, in: [.timeWait], .moves(.closed),
                "RFC 1337 §2: assassination; Linux tcp_minisocks.c; measured")
        return [
            timeWait,
            on(
                .rst, in: [.closed, .listen], .ignored("there is no connection"),
                "RFC 9293 §3.10.7.1"),
            on(.rst, in: [.synSent], .moves(.closed), "RFC 9293 §3.10.7.3"),
            on(
                .rst,
                in: [
                    .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing,
                    .lastAck,
                ], .moves(.closed), "RFC 9293 §3.10.7.4; RFC 5961 §3.2; Linux tcp_reset"),
            on(
                .earlyRst,
                in: [
                    .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing,
                    .lastAck,
                ], .stays, sends: .ack, "RFC 5961 §3.2: challenge ACK; Linux tcp_validate_incoming"),
            on(
                .earlyRst, in: [.closed, .listen, .synSent], .ignored("there is no connection"),
                "RFC 9293 §3.10.7.1"),
            on(.earlyRst, in: [.timeWait], .ignored("out of window"), "Linux tcp_minisocks.c"),
            on(
                .oldRst, in: TCPState.allCases, .ignored("out of window"), "RFC 5961 §3.2"),
        ]
    }
}
