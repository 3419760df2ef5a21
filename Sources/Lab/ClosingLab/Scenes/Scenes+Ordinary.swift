// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// Closings in which both ends send a FIN.
extension Scene {
    static let ordinary: [Scene] = [
        Scene(
            "local-closes-first", "A closes, B sees the end and closes",
            finds: "TIME-WAIT at A and nothing at B; A's port is busy to who lacks SO_REUSEADDR",
            .firstCloser, .holds,
            [
                .open, .close(.a), .shows(.a, .finWait1, .orphan), .timer(.a, .retransmission),
                .flow, .shows(.a, .finWait2, .record), .timer(.a, .timeWait),
                .shows(.b, .closeWait, .owned), .close(.b), .shows(.b, .lastAck, .orphan), .flow,
                .shows(.a, .timeWait), .timeLeft(.a, atLeast: 59_000), .gone(.b),
                .bind(.a, reusing: false, .addressInUse), .bind(.a, reusing: true, nil),
                .bind(.b, reusing: false, nil),
            ]),
        Scene(
            "lost-last-ack", "the last ACK, which A sends, is lost",
            finds: "B sends its FIN again, A acknowledges it again and starts its 60 s anew: only "
                + "the sender of the last ACK must be able to repeat it",
            .firstCloser, .holds,
            [
                .open, .close(.a), .flow, .close(.b), .deliver(.b, [.fin, .ack]),
                .shows(.a, .timeWait), .drop(.a, .ack), .shows(.b, .lastAck),
                .timerRuns(.a, below: 59_000), .deliver(.b, [.fin, .ack]), .shows(.a, .timeWait),
                .timeLeft(.a, atLeast: 59_300), .deliver(.a, .ack), .gone(.b),
            ]),
        Scene(
            "both-close-at-once", "both FINs cross",
            finds: "both ends pass through CLOSING to TIME-WAIT", .crossing, .holds,
            [
                .open, .close(.a), .close(.b), .deliver(.a, [.fin, .ack]),
                .deliver(.b, [.fin, .ack]), .shows(.a, .closing, .orphan),
                .shows(.b, .closing, .orphan), .deliver(.a, .ack), .deliver(.b, .ack),
                .shows(.a, .timeWait), .shows(.b, .timeWait),
            ]),
        Scene(
            "fin-and-ack-in-one", "B's FIN carries the ACK of A's FIN",
            finds: "A goes from FIN-WAIT-1 to TIME-WAIT at once",
            [
                .open, .close(.a), .deliver(.a, [.fin, .ack]), .drop(.b, .ack), .close(.b),
                .shows(.a, .finWait1), .deliver(.b, [.fin, .ack]), .shows(.a, .timeWait), .flow,
                .gone(.b),
            ]),
        Scene(
            "fin-and-delayed-ack-in-one",
            "B, which has just answered data, closes when A's FIN arrives",
            finds: "the kernel holds the ACK back for 40 ms; B's FIN takes it along, and A goes "
                + "from FIN-WAIT-1 to TIME-WAIT at once",
            [.open]
                + (1...3)
                .flatMap { _ in
                    [
                        .send(.a, 100), .flow, .read(.b, .bytes(100)), .send(.b, 100), .flow,
                        .read(.a, .bytes(100)),
                    ] as [SceneStep]
                }
                + [
                    .option(.b, .delayedAcknowledgements), .close(.a),
                    .deliverAndClose(.a, [.fin, .ack]), .shows(.a, .finWait1),
                    .onlyInFlight(.b, [.fin, .ack]), .deliver(.b, [.fin, .ack]),
                    .shows(.a, .timeWait), .flow, .gone(.b),
                ]
        )
        .tried(20),
    ]
}
