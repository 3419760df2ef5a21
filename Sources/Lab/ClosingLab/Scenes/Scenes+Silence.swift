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
            "fin-wait-1-silence-full", "A closes, nothing arrives any more",
            finds: "about 107 s", .silence, .holds, isSlow: true,
            [.open, .close(.a), .silence(.a, until: .closed, 95...125)]),
        Scene(
            "fin-wait-1-silence-3", "A closes, nothing arrives any more; tcp_orphan_retries is 3",
            finds: "6.7 s", .silence, .holds, isSlow: true,
            [
                .setting(.a, "ipv4.tcp_orphan_retries", "3"), .open, .close(.a),
                .silence(.a, until: .closed, 5...9),
            ]),
        Scene(
            "fin-wait-1-user-timeout",
            "A closes, nothing arrives any more; TCP_USER_TIMEOUT is 1 s",
            finds: "given up when the time is over and the next retransmission is due",
            .silence, .holds,
            [
                .open, .option(.a, .userTimeout(1000)), .close(.a),
                .silence(.a, until: .closed, 0.9...5),
            ]),
        Scene(
            "fin-wait-1-user-timeout-5",
            "A closes, nothing arrives any more; TCP_USER_TIMEOUT is 5 s",
            finds: "5.6 s", .silence, .holds, isSlow: true,
            [
                .open, .option(.a, .userTimeout(5000)), .close(.a),
                .silence(.a, until: .closed, 4.9...8),
            ]),
        Scene(
            "fin-wait-1-rto-max", "A closes, nothing arrives any more; tcp_rto_max_ms is 1000",
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
            "closing-silence-full", "CLOSING, nothing arrives any more",
            finds: "about 107 s", .silence, .holds, isSlow: true,
            closing + [.silence(.a, until: .closed, 95...125)]),
        Scene(
            "last-ack-silence", "LAST-ACK, nothing arrives any more; tcp_orphan_retries is 1",
            finds: "given up like FIN-WAIT-1", .silence, .holds,
            [oneRetry] + lastAck + [.silence(.a, until: .closed, 0.5...5)]),
        Scene(
            "last-ack-silence-full", "LAST-ACK, nothing arrives any more",
            finds: "about 107 s", .silence, .holds, isSlow: true,
            lastAck + [.silence(.a, until: .closed, 95...125)]),
        Scene(
            "closed-window", "A closes with data that B has no room for",
            finds: "FIN-WAIT-1 with probes of the window; B stays ESTABLISHED",
            .silence, .holds, closedWindow),
        Scene(
            "closed-window-full",
            "A closes with data that B has no room for, and B's machine is gone",
            finds: "about 110 s", .silence, .holds, isSlow: true,
            closedWindow + [.silence(.a, until: .closed, 95...130)]),
        Scene(
            "closed-window-answered",
            "A closes with data that B has no room for; B answers every probe, but never reads",
            finds: "A gives up all the same, after 340 s; B stays ESTABLISHED",
            .silence, .holds, isSlow: true,
            closedWindow + [
                .traffic(.a, until: .closed, 200...500), .shows(.b, .established, .owned),
            ]),
    ]
}
