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
            finds: "A acknowledges both and stays in TIME-WAIT",
            [
                .open, .close(.a), .flow, .close(.b), .copy(.b, [.fin, .ack]),
                .deliver(.b, [.fin, .ack]), .shows(.a, .timeWait), .drop(.a, .ack),
                .deliver(.b, [.fin, .ack]), .shows(.a, .timeWait), .deliver(.a, .ack), .gone(.b),
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
            "no-room-for-time-wait", "A closes while tcp_max_tw_buckets is 0",
            finds: "A skips FIN-WAIT-2 and TIME-WAIT; B's FIN is answered with a RST",
            [
                .setting(.a, "ipv4.tcp_max_tw_buckets", "0"), .open, .close(.a), .flow, .gone(.a),
                .shows(.b, .closeWait), .close(.b), .deliver(.b, [.fin, .ack]),
                .deliver(.a, .rst), .gone(.b),
            ]),
    ]
}
