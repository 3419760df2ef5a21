// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// Listeners that close with connections on their way.
extension Scene {
    static let listeners: [Scene] = [
        Scene(
            "listener-alone", "B closes a listener at which nothing is pending",
            finds: "the port is free at once", .listener, .holds,
            [.listen, .closeListener(0), .bind(.b, reusing: false, nil), .quiet]),
        Scene(
            "listener-with-pending",
            "B closes a listener: two connections not accepted, one handshake half done",
            finds: "RST to each; no FIN-WAIT-1, no TIME-WAIT, and the port is free at once",
            .listener, .changed,
            [
                .listen, .connect(0), .flow, .connect(1), .flow, .connect(2), .deliver(.a, .syn),
                .shows(.a, .established, nil, 0), .shows(.a, .established, nil, 1),
                .shows(.b, .synReceived, nil, 2), .closeListener(0), .gone(.b),
                .shows(.b, .closed, nil, 1), .bind(.b, reusing: false, nil), .flow, .gone(.a),
                .shows(.a, .closed, nil, 1), .shows(.a, .closed, nil, 2),
                .read(.a, .failed(.connectionReset)),
            ]),
        Scene(
            "pending-and-closed", "B closes a listener; the client of the pending one has closed",
            finds: "RST; the client's FIN-WAIT-2 is ended too", .listener, .changed,
            [
                .listen, .connect(0), .flow, .close(.a), .flow, .shows(.a, .finWait2, .record),
                .closeListener(0), .gone(.b), .flow, .gone(.a), .bind(.b, reusing: false, nil),
            ]),
        Scene(
            "connection-after-check", "B finds nothing pending; a client connects; B closes",
            finds: "ECONNRESET: between the check and the close anybody may come",
            .listener, .holds,
            [
                .listen, .queue(0, 0), .connect(0), .flow, .shows(.a, .established),
                .closeListener(0), .flow, .gone(.a), .read(.a, .failed(.connectionReset)),
            ]),
        Scene(
            "syn-after-close", "a SYN arrives just after B closed its listener",
            finds: "ECONNREFUSED: no look before the close can prevent it", .listener, .holds,
            [
                .listen, .connect(0), .closeListener(0), .deliver(.a, .syn),
                .deliver(.b, [.rst, .ack]), .gone(.a), .read(.a, .failed(.connectionRefused)),
            ]),
        Scene(
            "syn-ack-at-close", "B closes its listener while its SYN+ACK is in flight",
            finds: "the client is ESTABLISHED for a moment, then ECONNRESET", .listener, .holds,
            [
                .listen, .connect(0), .deliver(.a, .syn), .closeListener(0),
                .deliver(.b, [.syn, .ack]), .shows(.a, .established), .deliver(.a, .ack),
                .deliver(.b, .rst), .gone(.a), .read(.a, .failed(.connectionReset)),
            ]),
        Scene(
            "listener-shut-down", "B calls shutdown(SHUT_RD) on its listener",
            finds: "the same RSTs, but the descriptor keeps the port, and may listen again",
            .listener, .changed,
            [
                .listen, .connect(0), .flow, .shutDownListener, .flow, .gone(.a),
                .acceptFails(.invalidArgument), .bind(.b, reusing: false, .addressInUse),
                .listenAgain, .connect(1), .flow, .shows(.a, .established, nil, 1),
            ]),
        Scene(
            "listener-migrates", "B closes one of two listeners of a port; tcp_migrate_req is 1",
            finds: "its queue moves to the other one: nothing is lost", .listener, .changed,
            [
                .setting(.b, "ipv4.tcp_migrate_req", "1"), .listenShared(0), .listenShared(1),
                .connect(0), .connect(1), .connect(2), .connect(3), .connect(4), .connect(5),
                .flow, .closeListener(0), .queue(1, 6), .flow,
            ] + (0..<6).map { .shows(.a, .established, nil, $0) }),
        Scene(
            "destroy-listener", "ss -K of B's listener",
            finds: "it listens no more, but its descriptor keeps the port",
            [
                .listen, .destroyListener, .bind(.b, reusing: false, .addressInUse), .connect(0),
                .deliver(.a, .syn), .deliver(.b, [.rst, .ack]), .gone(.a),
            ]),
    ]
}
