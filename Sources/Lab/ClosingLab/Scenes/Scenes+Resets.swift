// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// Closings by RST: nothing is left of them at either end.
extension Scene {
    static let resets: [Scene] = [
        Scene(
            "unread-data", "B closes with something unread",
            finds: "RST instead of FIN; both ends are gone, and A is told",
            [
                .open, .send(.a, 100), .flow, .close(.b), .gone(.b),
                .deliver(.b, [.rst, .ack]), .gone(.a), .read(.a, .failed(.connectionReset)),
            ]),
        Scene(
            "unread-data-after-fin", "A writes and closes; B closes with it unread",
            finds: "RST; no TIME-WAIT at A although it closed first",
            [
                .open, .send(.a, 100), .flow, .close(.a), .deliver(.a, [.fin, .ack]),
                .shows(.b, .closeWait), .close(.b), .gone(.b), .flow, .gone(.a),
            ]),
        Scene(
            "data-after-close", "A closes; B writes",
            finds: "A answers with a RST; TIME-WAIT never comes",
            [
                .open, .close(.a), .flow, .shows(.a, .finWait2, .record), .send(.b, 100),
                .deliver(.b, .ack), .gone(.a), .deliver(.a, .rst), .gone(.b),
            ]),
        Scene(
            "data-into-fin-wait-1", "A closes; B writes before it knows",
            finds: "RST out of FIN-WAIT-1; TIME-WAIT never comes",
            [
                .open, .close(.a), .shows(.a, .finWait1, .orphan), .send(.b, 100),
                .deliver(.b, .ack), .gone(.a), .deliver(.a, [.fin, .ack]), .deliver(.a, .rst),
                .gone(.b),
            ]),
        Scene(
            "linger-zero", "A closes with SO_LINGER {1, 0}",
            finds: "RST; nothing is left",
            [.open, .option(.a, .linger(0)), .close(.a), .gone(.a), .flow, .gone(.b)]),
        Scene(
            "linger-zero-in-close-wait", "B closes; A closes with SO_LINGER {1, 0}",
            finds: "RST out of CLOSE-WAIT: nobody has TIME-WAIT (how lastcall closes)",
            [
                .open, .close(.b), .flow, .shows(.a, .closeWait), .option(.a, .linger(0)),
                .close(.a), .gone(.a), .flow, .gone(.b), .bind(.a, reusing: false, nil),
            ]),
        Scene(
            "linger-zero-in-fin-wait-2", "A half-closes, then closes with SO_LINGER {1, 0}",
            finds: "RST out of FIN-WAIT-2; nothing is left",
            [
                .open, .shutDown(.a), .flow, .option(.a, .linger(0)), .close(.a), .gone(.a),
                .flow, .gone(.b),
            ]),
        Scene(
            "linger-waits", "A closes a non-blocking socket with SO_LINGER {1, 1}; no answer",
            finds: "close() blocks all the same, until the FIN is acknowledged or the second is "
                + "over",
            [
                .open, .option(.a, .linger(1)), .closeBlocks(.a, .milliseconds(900)),
                .shows(.a, .finWait1, .orphan),
            ]),
        Scene(
            "linger-until-acknowledged",
            "A closes with SO_LINGER {1, 5}; the FIN is acknowledged, B does not close",
            finds: "close() returns when the FIN is acknowledged: it never waits for TIME-WAIT",
            [
                .open, .option(.a, .linger(5)), .closeElsewhere(.a), .stillCloses,
                .deliver(.a, [.fin, .ack]), .stillCloses, .deliver(.b, .ack), .hasClosed,
                .shows(.a, .finWait2, .record), .shows(.b, .closeWait),
            ]),
        Scene(
            "destroy-established", "ss -K of an open connection at A",
            finds: "RST; A's process reads ECONNABORTED, B's ECONNRESET",
            [
                .open, .destroy(.a), .gone(.a), .read(.a, .failed(.connectionAbort)), .flow,
                .gone(.b), .read(.b, .failed(.connectionReset)),
            ]),
    ]
}
