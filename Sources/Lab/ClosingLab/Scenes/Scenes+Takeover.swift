// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// A connection with the four-tuple of one that is not over yet.
extension Scene {
    /// B listens and has TIME-WAIT, A is gone.
    private static let serverTimeWait: [SceneStep] = [
        .listen, .connect(0), .flow, .accept(0), .close(.b), .flow, .close(.a), .flow,
        .shows(.b, .timeWait), .gone(.a),
    ]
    private static let withoutTimestamps: [SceneStep] = [
        .setting(.a, "ipv4.tcp_timestamps", "0"), .setting(.b, "ipv4.tcp_timestamps", "0"),
    ]
    /// A has TIME-WAIT, B is gone and listens again.
    private static let clientTimeWait: [SceneStep] = [
        .open, .close(.a), .flow, .close(.b), .flow, .shows(.a, .timeWait), .gone(.b), .listen,
    ]

    static let takeover: [Scene] = [
        Scene(
            "syn-into-time-wait", "A connects again to a server that has TIME-WAIT for it",
            finds: "with a newer timestamp the SYN is accepted at once (RFC 6191)",
            serverTimeWait + [
                .connectAgain(nil), .deliver(.a, .syn), .shows(.b, .synReceived), .flow,
                .shows(.a, .established),
            ]),
        Scene(
            "newer-syn-into-time-wait", "a SYN with a higher number, without timestamps",
            finds: "accepted at once (RFC 1122 section 4.2.2.13)",
            withoutTimestamps + serverTimeWait
                + [.forge(.a, .syn, 100_000), .shows(.b, .synReceived)]),
        Scene(
            "older-syn-into-time-wait", "a SYN with a lower number, without timestamps",
            finds: "answered with an ACK; TIME-WAIT stays",
            withoutTimestamps + serverTimeWait
                + [.forge(.a, .syn, -1000), .drop(.b, .ack), .shows(.b, .timeWait)]),
        Scene(
            "connect-over-time-wait", "A connects from the port it has in TIME-WAIT",
            finds: "the new connection takes TIME-WAIT over at once, as both had SO_REUSEADDR and "
                + "timestamps are on",
            clientTimeWait + [.connectAgain(nil), .flow, .shows(.a, .established)]),
        Scene(
            "connect-over-time-wait-without-timestamps",
            "A connects from the port it has in TIME-WAIT; tcp_timestamps is 0 at both ends",
            finds: "EADDRNOTAVAIL: the page's port that leads anywhere but where it led",
            withoutTimestamps + clientTimeWait
                + [.connectAgain(.addressNotAvailable), .shows(.a, .timeWait)]),
        Scene(
            "connect-over-fin-wait-2", "A connects from the port it has in FIN-WAIT-2",
            finds: "B's CLOSE-WAIT answers the SYN with an ACK, A's RST ends it, and the SYN that "
                + "is sent again opens the new connection",
            [
                .open, .close(.a), .flow, .shows(.a, .finWait2, .record), .listen,
                .connectAgain(nil), .deliver(.a, .syn), .deliver(.b, .ack), .deliver(.a, .rst),
                .deliver(.a, .syn), .flow, .shows(.a, .established),
            ]),
        Scene(
            "rebooted-client-returns", "A forgets the connection and connects from the same port",
            finds: "B answers the SYN with an ACK, A's RST ends the old connection, and the SYN "
                + "that is sent again opens the new one",
            [
                .listen, .connect(0), .flow, .accept(0), .option(.a, .repair), .close(.a),
                .gone(.a), .quiet, .connectAgain(nil), .deliver(.a, .syn),
                .shows(.b, .established), .deliver(.b, .ack), .deliver(.a, .rst), .gone(.b),
                .deliver(.a, .syn), .flow, .shows(.a, .established),
            ]),
        Scene(
            "self-connection", "A binds to a port and connects to it",
            finds:
                "the socket is connected to itself, and nobody else can bind to the port, not even "
                + "in the TIME-WAIT it leaves",
            [
                .connectToItself, .showsItself(.established),
                .bind(.a, reusing: true, .addressInUse), .close(.a), .showsItself(.timeWait),
                .bind(.a, reusing: true, .addressInUse),
            ]),
    ]
}
