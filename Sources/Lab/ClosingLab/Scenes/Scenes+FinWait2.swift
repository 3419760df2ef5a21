// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// How long an orphan waits in FIN-WAIT-2 for a remote end that never closes.
extension Scene {
    /// Above 60 s the kernel keeps a socket for what is more than 60 s, and then a record for just
    /// as long (tcp_fin_time, tcp_rcv_state_process).
    private static func orphan(
        _ setting: Int, lasts range: ClosedRange<Double>, _ time: String
    ) -> Scene {
        Scene(
            "fin-timeout-\(setting)", "A closes, B never does; tcp_fin_timeout is \(setting)",
            finds: "\(time): twice what is more than 60 s", .silence, .holds, isSlow: true,
            [
                .setting(.a, "ipv4.tcp_fin_timeout", "\(setting)"), .open, .close(.a), .flow,
                .shows(.a, .finWait2, .orphan), .timer(.a, .keepAlive),
                .silence(.a, until: .closed, range),
            ])
    }

    static let finWait2: [Scene] = [
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
            "fin-wait-2-timeout-3", "A closes, B never does; tcp_fin_timeout is 3",
            finds: "3.1 s", .silence, .holds, isSlow: true,
            [
                .setting(.a, "ipv4.tcp_fin_timeout", "3"), .open, .close(.a), .flow,
                .shows(.a, .finWait2, .record), .silence(.a, until: .closed, 2.5...5),
            ]),
        Scene(
            "fin-wait-2-timeout-full", "A closes, B never does",
            finds: "about 61 s", .silence, .holds, isSlow: true,
            [
                .open, .close(.a), .flow, .shows(.a, .finWait2, .record),
                .silence(.a, until: .closed, 59.5...63),
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
        orphan(65, lasts: 9...13, "10.2 s"),
        orphan(70, lasts: 19...23, "20.3 s"),
        orphan(75, lasts: 29...33, "30.2 s"),
        Scene(
            "fin-wait-2-option", "A closes with TCP_LINGER2 2, B never does",
            finds: "FIN-WAIT-2 lasts 2 s for this socket, whatever tcp_fin_timeout says",
            .silence, .holds,
            [
                .open, .option(.a, .finWait2Time(2)), .close(.a), .flow,
                .shows(.a, .finWait2, .record), .silence(.a, until: .closed, 1.5...5),
            ]),
        Scene(
            "fin-wait-2-refused", "A closes with TCP_LINGER2 -1",
            finds: "when the FIN is acknowledged A sends a RST; no FIN-WAIT-2, no TIME-WAIT",
            [
                .open, .option(.a, .finWait2Time(-1)), .close(.a), .deliver(.a, [.fin, .ack]),
                .deliver(.b, .ack), .gone(.a), .flow, .gone(.b),
            ]),
    ]
}
