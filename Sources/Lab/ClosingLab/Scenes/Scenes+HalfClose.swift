// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// Closings of one direction first.
extension Scene {
    static let halfCloses: [Scene] = [
        Scene(
            "half-close", "A's input has ended: it half-closes, and B answers before it closes",
            finds: "A sent the first FIN and has TIME-WAIT, though its descriptor is still open; "
                + "the 60 s count from B's FIN; before that it may wait in FIN-WAIT-2 for ever",
            .closedInput, .holds,
            [
                .open, .shutDown(.a), .flow, .shows(.a, .finWait2, .owned), .timer(.a, nil),
                .send(.b, 1000), .flow, .read(.a, .bytes(1000)), .close(.b), .flow,
                .shows(.a, .timeWait), .gone(.b), .read(.a, .end),
                .peerName(.a, .socketNotConnected),
                .bind(.a, reusing: false, .addressInUse), .timerRuns(.a, below: 59_800), .close(.a),
                .shows(.a, .timeWait, .record), .timeLeft(.a, atMost: 59_800), .quiet,
            ]),
        Scene(
            "half-close-then-close", "A half-closes, then closes; B writes",
            finds: "A is an orphan's record in FIN-WAIT-2; data to it brings a RST and ends both",
            [
                .open, .shutDown(.a), .flow, .close(.a), .shows(.a, .finWait2, .record),
                .send(.b, 100), .deliver(.b, .ack), .deliver(.a, .rst), .gone(.a), .gone(.b),
            ]),
    ]
}
