// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// Processes that die, and processes that share a socket.
extension Scene {
    static let processes: [Scene] = [
        Scene(
            "killed-idle", "A's process is killed, everything read",
            finds: "FIN: A's port is busy in FIN-WAIT-2 and then TIME-WAIT",
            .death, .holds,
            [
                .open, .handOver(.a), .shows(.a, .established, .owned), .kill, .flow,
                .shows(.a, .finWait2, .record), .shows(.b, .closeWait),
                .bind(.a, reusing: false, .addressInUse),
            ]),
        Scene(
            "killed-unread", "A's process is killed with something unread",
            finds: "RST: nothing is left and the port is free", .death, .changed,
            [
                .open, .send(.b, 100), .flow, .handOver(.a), .kill, .gone(.a), .flow, .gone(.b),
                .bind(.a, reusing: false, nil),
            ]),
        Scene(
            "killed-with-linger-zero", "A's process is killed; its socket has SO_LINGER {1, 0}",
            finds:
                "RST: nothing is left and the port is free, which is why sockets of lastcall have it",
            .death, .changed,
            [
                .open, .option(.a, .linger(0)), .handOver(.a), .kill, .gone(.a), .flow, .gone(.b),
                .bind(.a, reusing: false, nil),
            ]),
        Scene(
            "killed-pending", "B's process is killed with a connection pending at its listener",
            finds: "RST: nothing is left and the port is free", .death, .changed,
            [
                .listen, .connect(0), .flow, .handOverListener, .kill, .gone(.b),
                .bind(.b, reusing: false, nil), .flow, .gone(.a),
            ]),
        Scene(
            "killed-connecting", "A's process is killed while it connects",
            finds: "nothing is sent; the SYN+ACK that comes gets a RST",
            [
                .listen, .connect(0), .handOver(.a), .shows(.a, .synSent), .kill, .gone(.a),
                .deliver(.a, .syn), .deliver(.b, [.syn, .ack]), .deliver(.a, .rst), .gone(.b),
            ]),
        Scene(
            "fork", "A closes while another process has a copy of the socket",
            finds: "nothing is sent until the last copy goes",
            [
                .open, .share(.a), .close(.a), .quiet, .shows(.a, .established, .owned), .kill,
                .flow, .shows(.a, .finWait2, .record),
            ]),
        Scene(
            "fork-shutdown", "A half-closes while another process has a copy of the socket",
            finds: "shutdown(2) is for all copies: the FIN goes at once",
            [
                .open, .share(.a), .shutDown(.a), .deliver(.a, [.fin, .ack]),
                .shows(.b, .closeWait), .kill,
            ]),
    ]
}
