// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// What reaches TIME-WAIT, and what ends it.
extension Scene {
    /// A has TIME-WAIT, B's FIN has been delivered, A's ACK of it is in flight.
    private static let lastAckInFlight: [SceneStep] = [
        .open, .close(.a), .flow, .close(.b), .deliver(.b, [.fin, .ack]), .shows(.a, .timeWait),
    ]

    static let timeWait: [Scene] = [
        Scene(
            "time-wait-length", "A has TIME-WAIT and nothing comes",
            finds: "60 s, rounded up by at most 2.1 s, and no setting changes it",
            .lengthOfTimeWait, .holds, isSlow: true,
            lastAckInFlight + [.flow, .silence(.a, until: .closed, 59.5...63)]),
        Scene(
            "time-wait-not-tunable", "A has TIME-WAIT while tcp_fin_timeout is 20 s",
            finds: "the timer is at 60 s all the same: tcp_fin_timeout is that of FIN-WAIT-2",
            .lengthOfTimeWait, .holds,
            [.setting(.a, "ipv4.tcp_fin_timeout", "20")] + lastAckInFlight
                + [.timer(.a, .timeWait), .timeLeft(.a, atLeast: 50_000)]),
        Scene(
            "old-fin-into-time-wait", "B's FIN arrives twice",
            finds: "A acknowledges both, and the 60 s begin again",
            .firstCloser, .holds,
            [
                .open, .close(.a), .flow, .close(.b), .copy(.b, [.fin, .ack]),
                .deliver(.b, [.fin, .ack]), .shows(.a, .timeWait), .drop(.a, .ack),
                .timerRuns(.a, below: 59_000), .deliver(.b, [.fin, .ack]),
                .timeLeft(.a, atLeast: 59_300), .shows(.a, .timeWait), .deliver(.a, .ack),
                .gone(.b),
            ]),
        Scene(
            "old-data-into-time-wait", "what B has sent before its FIN arrives once more",
            finds: "A acknowledges the stray data, and the 60 s begin again",
            .firstCloser, .holds,
            [
                .open, .send(.b, 100), .copy(.b, .ack), .deliver(.b, .ack),
                .read(.a, .bytes(100)), .deliver(.a, .ack), .close(.a),
                .deliver(.a, [.fin, .ack]), .close(.b), .deliver(.b, [.fin, .ack]),
                .shows(.a, .timeWait), .deliver(.a, .ack), .gone(.b),
                .timerRuns(.a, below: 59_000), .deliverData(.b), .timeLeft(.a, atLeast: 59_300),
                .drop(.a, .ack), .shows(.a, .timeWait),
            ]),
        Scene(
            "duplicate-ack-ends-time-wait", "A's last ACK arrives twice",
            finds: "the second finds B gone, and B's RST ends A's TIME-WAIT (RFC 1337)",
            lastAckInFlight + [
                .copy(.a, .ack), .deliver(.a, .ack), .gone(.b), .deliver(.a, .ack),
                .deliver(.b, .rst), .gone(.a),
            ]),
        Scene(
            "rfc1337", "A's last ACK arrives twice while tcp_rfc1337 is 1",
            finds: "A's TIME-WAIT survives the RST",
            [.setting(.a, "ipv4.tcp_rfc1337", "1")] + lastAckInFlight + [
                .copy(.a, .ack), .deliver(.a, .ack), .gone(.b), .deliver(.a, .ack),
                .deliver(.b, .rst), .shows(.a, .timeWait),
            ]),
        Scene(
            "reset-into-time-wait", "a forged RST reaches TIME-WAIT",
            finds: "TIME-WAIT is over",
            lastAckInFlight + [.flow, .gone(.b), .forge(.b, .rst, 0), .gone(.a)]),
        Scene(
            "destroy-time-wait", "ss -K of TIME-WAIT",
            finds: "gone without a segment, and the port is free: the remedy that works",
            lastAckInFlight + [
                .flow, .destroy(.a), .gone(.a), .quiet, .bind(.a, reusing: false, nil),
            ]),
        Scene(
            "destroy-fin-wait-2", "ss -K of a record in FIN-WAIT-2",
            finds: "gone without a segment, and the port is free",
            [
                .open, .close(.a), .flow, .shows(.a, .finWait2, .record), .destroy(.a), .gone(.a),
                .quiet, .bind(.a, reusing: false, nil),
            ]),
        Scene(
            "destroy-last-ack", "ss -K of an orphan in LAST-ACK",
            finds: "gone without a segment",
            [
                .open, .close(.b), .flow, .close(.a), .drop(.a, [.fin, .ack]),
                .shows(.a, .lastAck, .orphan), .destroy(.a), .gone(.a), .quiet,
            ]),
        Scene(
            "time-wait-table-full", "A closes two connections while tcp_max_tw_buckets is 1",
            finds: "the first has TIME-WAIT, the second has none, and TCPTimeWaitOverflow counts "
                + "it",
            [
                .setting(.a, "ipv4.tcp_max_tw_buckets", "1"), .listen, .connect(0), .flow,
                .accept(0), .connect(1), .flow, .accept(1), .close(.a, 0), .flow, .close(.b, 0),
                .flow, .shows(.a, .timeWait), .counted(.a, "TCPTimeWaitOverflow", 0),
                .close(.a, 1), .flow, .shows(.a, .closed, nil, 1),
                .counted(.a, "TCPTimeWaitOverflow", 1), .close(.b, 1), .flow,
                .shows(.b, .closed, nil, 1),
            ]),
        Scene(
            "no-room-for-time-wait", "A closes while tcp_max_tw_buckets is 0",
            finds: "A skips FIN-WAIT-2 and TIME-WAIT; B's FIN is answered with a RST",
            [
                .setting(.a, "ipv4.tcp_max_tw_buckets", "0"), .open, .close(.a), .flow, .gone(.a),
                .shows(.b, .closeWait), .close(.b), .deliver(.b, [.fin, .ack]),
                .deliver(.a, .rst), .gone(.b),
            ]),
    ]
}
