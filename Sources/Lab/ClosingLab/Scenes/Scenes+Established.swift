// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// Connections whose remote end has gone without a word, while nobody closes.
extension Scene {
    static let established: [Scene] = [
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
        Scene(
            "remote-rebooted-write", "B's machine is back and knows nothing; A writes",
            finds: "B answers with a RST: ECONNRESET", .silence, .holds,
            [
                .open, .option(.b, .repair), .close(.b), .gone(.b), .send(.a, 100),
                .deliver(.a, .ack), .deliver(.b, .rst), .gone(.a),
                .read(.a, .failed(.connectionReset)),
            ]),
        Scene(
            "established-silence", "A has written, nothing arrives any more; tcp_retries2 is 1",
            finds: "ETIMEDOUT after 1.7 s; no TIME-WAIT", .silence, .holds,
            [
                .setting(.a, "ipv4.tcp_retries2", "1"), .open, .send(.a, 100),
                .silence(.a, until: .closed, 0.5...5), .read(.a, .failed(.timedOut)),
            ]),
        Scene(
            "established-silence-full", "A has written, nothing arrives any more",
            finds: "more than 15 minutes", .silence, .holds, isSlow: true,
            [
                .open, .send(.a, 100), .silence(.a, until: .closed, 800...1100),
                .read(.a, .failed(.timedOut)),
            ]),
        Scene(
            "established-user-timeout",
            "A has written, nothing arrives any more; TCP_USER_TIMEOUT is 1 s",
            finds: "ETIMEDOUT when the time is over and the next retransmission is due",
            .silence, .holds,
            [
                .open, .option(.a, .userTimeout(1000)), .send(.a, 100),
                .silence(.a, until: .closed, 0.9...5), .read(.a, .failed(.timedOut)),
            ]),
        Scene(
            "established-keepalive", "A is idle, nothing arrives any more; SO_KEEPALIVE after 1 s",
            finds: "ETIMEDOUT after the last probe: what an idle end needs to notice at all",
            .silence, .holds,
            [
                .open, .option(.a, .keepAlive(1)), .timer(.a, .keepAlive),
                .silence(.a, until: .closed, 2...7), .read(.a, .failed(.timedOut)),
            ]),
    ]
}
