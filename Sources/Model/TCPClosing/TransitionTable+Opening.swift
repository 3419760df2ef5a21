// SPDX-License-Identifier: Apache-2.0

extension TransitionTable {
    /// SYNs, and what reaches an end that is not open yet, or no longer.
    static let opening: [Rule] =
        strayAtClosed + syns + beforeEstablished
        + [
            on(
                .ackOfSyn, in: [.synReceived], .moves(.established), "RFC 9293 §3.10.7.4"),
            on(
                .ackOfSyn,
                in: [
                    .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait,
                ], .impossible("our SYN is acknowledged; such a segment is an ACK"),
                "RFC 9293 §3.10.7.4"),
        ]

    /// Everything but a RST that finds no connection is answered with a RST.
    private static let strayAtClosed: [Rule] = [
        on(
            .syn, .synAck, .ack, .oldAck, .fin, .oldFin, .data, .oldData, .early, .lateData,
            .ackOfSyn, in: [.closed], .stays, sends: .rst, "RFC 9293 §3.10.7.1"),
        on(
            .ackOfFin, .finAckOfFin, .oldFinAckOfFin, .dataAckOfFin, .lateDataAckOfFin, .oldSyn,
            in: [.closed],
            .impossible("what is closed remembers no sequence number to compare with"),
            "RFC 9293 §3.10.7.1"),
    ]

    private static let syns: [Rule] = [
        on(.syn, in: [.listen], .moves(.synReceived), sends: .synAck, "RFC 9293 §3.10.7.2"),
        on(
            .syn, in: [.synSent], .moves(.synReceived), sends: .synAck,
            "RFC 9293 §3.10.7.3, Figure 8: simultaneous open"),
        on(
            .oldSyn, in: [.listen, .synSent],
            .impossible("no sequence number of the remote end is known: any SYN is new"),
            "RFC 9293 §3.10.7.2"),
        on(
            .syn, .oldSyn, .synAck,
            in: [
                .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck,
            ], .stays, sends: .ack, "RFC 5961 §4: challenge ACK; Linux tcp_validate_incoming"),
        on(
            .syn, in: [.timeWait], .moves(.synReceived), sends: .synAck,
            "RFC 9293 §3.6.1 MAY-2; RFC 6191; Linux tcp_minisocks.c, TCP_TW_SYN"),
        on(
            .oldSyn, in: [.timeWait], .stays, sends: .ack,
            "RFC 9293 §3.10.7.4; Linux tcp_minisocks.c: the timer goes on"),
        on(
            .synAck, in: [.timeWait], .stays, sends: .ack, startsTimeWait: true,
            "Linux tcp_minisocks.c: out of window"),
        on(.synAck, in: [.listen], .stays, sends: .rst, "RFC 9293 §3.10.7.2"),
        on(.synAck, in: [.synSent], .moves(.established), sends: .ack, "RFC 9293 §3.10.7.3"),
    ]

    private static let nothingYet = "nothing has been received that it could be older than"
    private static let noFinYet = "a FIN of ours has not been sent"

    private static let beforeEstablished: [Rule] = [
        on(
            .ack, .ackOfSyn, .fin, .data, in: [.listen], .stays, sends: .rst,
            "RFC 9293 §3.10.7.2: any acknowledgment is bad here"),
        on(
            .ack, .ackOfSyn, in: [.synSent], .stays, sends: .rst,
            "RFC 9293 §3.10.7.3: not the acknowledgement of our SYN with a SYN"),
        on(
            .fin, .data, in: [.synSent], .ignored("cannot be judged without the remote end's SYN"),
            "RFC 9293 §3.10.7.3"),
        on(
            .oldAck, .oldFin, .oldData, .early, in: [.listen, .synSent], .impossible(nothingYet),
            "RFC 9293 §3.10.7.3"),
        on(
            .ackOfFin, .finAckOfFin, .oldFinAckOfFin, .dataAckOfFin, .lateDataAckOfFin, .lateData,
            in: [.listen, .synSent, .synReceived], .impossible(noFinYet), "RFC 9293 §3.3.2"),
        on(
            .ack, in: [.synReceived], .stays, sends: .rst,
            "RFC 9293 §3.10.7.4: does not acknowledge our SYN"),
        on(
            .fin, in: [.synReceived], .moves(.closeWait), sends: .ack,
            "RFC 9293 §3.10.7.4: it acknowledges our SYN as well"),
        on(
            .data, in: [.synReceived], .moves(.established), sends: .ack,
            "RFC 9293 §3.10.7.4: it acknowledges our SYN as well"),
        on(.oldAck, .early, in: [.synReceived], .stays, sends: .ack, "RFC 9293 §3.10.7.4"),
        on(
            .oldFin, .oldData, in: [.synReceived], .impossible(nothingYet), "RFC 9293 §3.10.7.4"),
    ]
}
