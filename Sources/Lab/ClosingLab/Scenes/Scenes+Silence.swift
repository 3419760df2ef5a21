// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// The network fails or the remote end dies: how long each state lasts.
extension Scene {
    private static let oneRetry = SceneStep.setting(.a, "ipv4.tcp_orphan_retries", "1")
    private static let closing: [SceneStep] = [
        .open, .close(.a), .close(.b), .deliver(.a, [.fin, .ack]), .deliver(.b, [.fin, .ack]),
        .shows(.a, .closing, .orphan),
    ]
    private static let lastAck: [SceneStep] = [
        .open, .close(.b), .flow, .close(.a), .shows(.a, .lastAck, .orphan),
    ]
    private static let closedWindow: [SceneStep] = [
        .setting(.b, "ipv4.tcp_rmem", "4096 8192 8192"), .open, .fill(.a), .close(.a),
        .shows(.a, .finWait1, .orphan), .timer(.a, .windowProbe), .shows(.b, .established),
    ]

    static let silence: [Scene] = [
        Scene(
            "fin-wait-1-silence", "A closes, nothing arrives any more; tcp_orphan_retries is 1",
            finds: "FIN-WAIT-1 is given up after 1.7 s; nothing is left", .silence, .holds,
            [oneRetry, .open, .close(.a), .silence(.a, until: .closed, 0.5...5)]),
        Scene(
            "fin-wait-1-silence-full", "the same with the kernel's own settings",
            finds: "about 107 s", .silence, .holds, isSlow: true,
            [.open, .close(.a), .silence(.a, until: .closed, 95...125)]),
        Scene(
            "fin-wait-1-user-timeout", "the same with TCP_USER_TIMEOUT 1000",
            finds: "given up when the time is over and the next retransmission is due",
            .silence, .holds,
            [
                .open, .option(.a, .userTimeout(1000)), .close(.a),
                .silence(.a, until: .closed, 0.9...5),
            ]),
        Scene(
            "fin-wait-1-rto-max", "the same with tcp_rto_max_ms 1000",
            finds: "given up after 2.7 s instead of 107 s", .silence, .holds,
            [
                .setting(.a, "ipv4.tcp_rto_max_ms", "1000"), .open, .close(.a),
                .silence(.a, until: .closed, 1...8),
            ]),
        Scene(
            "closing-silence", "CLOSING, nothing arrives any more; tcp_orphan_retries is 1",
            finds: "given up like FIN-WAIT-1", .silence, .holds,
            [oneRetry] + closing + [.silence(.a, until: .closed, 0.5...5)]),
        Scene(
            "closing-silence-full", "the same with the kernel's own settings",
            finds: "about 107 s", .silence, .holds, isSlow: true,
            closing + [.silence(.a, until: .closed, 95...125)]),
        Scene(
            "last-ack-silence", "LAST-ACK, nothing arrives any more; tcp_orphan_retries is 1",
            finds: "given up like FIN-WAIT-1", .silence, .holds,
            [oneRetry] + lastAck + [.silence(.a, until: .closed, 0.5...5)]),
        Scene(
            "last-ack-silence-full", "the same with the kernel's own settings",
            finds: "about 107 s", .silence, .holds, isSlow: true,
            lastAck + [.silence(.a, until: .closed, 95...125)]),
        Scene(
            "fin-wait-2-timeout", "A closes, B never does; tcp_fin_timeout is 1",
            finds: "the record of FIN-WAIT-2 is gone after a second; B's later FIN gets a RST",
            .silence, .holds,
            [
                .setting(.a, "ipv4.tcp_fin_timeout", "1"), .open, .close(.a), .flow,
                .shows(.a, .finWait2, .record), .silence(.a, until: .closed, 0.5...4),
                .shows(.b, .closeWait), .close(.b), .deliver(.b, [.fin, .ack]),
                .deliver(.a, .rst), .gone(.b),
            ]),
        Scene(
            "fin-timeout-61", "A closes, B never does; tcp_fin_timeout is 61",
            finds: "FIN-WAIT-2 lasts 2 s: above 60 the setting shortens it",
            .silence, .holds,
            [
                .setting(.a, "ipv4.tcp_fin_timeout", "61"), .open, .close(.a), .flow,
                .shows(.a, .finWait2, .orphan), .timer(.a, .keepAlive),
                .silence(.a, until: .closed, 1...6),
            ]),
        Scene(
            "fin-wait-2-refused", "A closes with TCP_LINGER2 -1",
            finds: "when the FIN is acknowledged A sends a RST; no FIN-WAIT-2, no TIME-WAIT",
            [
                .open, .option(.a, .finWait2Time(-1)), .close(.a), .deliver(.a, [.fin, .ack]),
                .deliver(.b, .ack), .gone(.a), .flow, .gone(.b),
            ]),
        Scene(
            "closed-window", "A closes with data that B has no room for",
            finds: "FIN-WAIT-1 with probes of the window; B stays ESTABLISHED",
            .silence, .holds, closedWindow),
        Scene(
            "closed-window-full", "the same, and B's machine is gone",
            finds: "about 110 s", .silence, .holds, isSlow: true,
            closedWindow + [.silence(.a, until: .closed, 95...130)]),
        Scene(
            "closed-window-answered", "the same, and B answers every probe but never reads",
            finds: "A gives up all the same, after 340 s; B stays ESTABLISHED",
            .silence, .holds, isSlow: true,
            closedWindow + [
                .traffic(.a, until: .closed, 200...500), .shows(.b, .established, .owned),
            ]),
        Scene(
            "remote-disappears", "B's machine is gone, nothing is to be sent",
            finds: "A stays ESTABLISHED with no timer at all, for ever", .silence, .holds,
            [
                .open, .option(.b, .repair), .close(.b), .gone(.b), .quiet,
                .shows(.a, .established, .owned), .timer(.a, nil),
            ]),
        Scene(
            "remote-rebooted", "B's machine is back and knows nothing; A closes",
            finds: "B answers with a RST: A is gone without TIME-WAIT", .silence, .changed,
            [
                .open, .option(.b, .repair), .close(.b), .gone(.b), .close(.a),
                .deliver(.a, [.fin, .ack]), .deliver(.b, .rst), .gone(.a),
                .bind(.a, reusing: false, nil),
            ]),
    ]
}
