// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing

/// Sockets as the kernel would tell of them.
enum SocketFixture {
    /// A TCP socket; `timeLeft` is a TIME-WAIT timer's, in milliseconds.
    static func socket(
        _ state: SocketState, _ localPort: UInt16, to remote: String = "0.0.0.0",
        _ remotePort: UInt16 = 0, from local: String = "10.0.0.1", timeLeft: UInt32? = nil
    ) throws -> SocketSnapshot {
        var body: [UInt8] = [2, state.rawValue, timeLeft == nil ? 0 : 3, 0]
        body.append(networkInteger: localPort)
        body.append(networkInteger: remotePort)
        for address in [local, remote] {
            body += address.split(separator: ".").compactMap { UInt8($0) }
            body += [UInt8](repeating: 0, count: 12)
        }
        body += [UInt8](repeating: 0, count: 12)  // interface, cookie
        body.append(integer: timeLeft ?? 0)
        body += [UInt8](repeating: 0, count: 16)  // queues, user, inode
        return try SocketSnapshot(kernel: body)
    }

    /// TIME-WAITs towards one destination, from successive ports, that began so many seconds ago.
    static func timeWaits(
        ages: some Sequence<UInt32>, from firstPort: UInt16, to remote: String, _ remotePort: UInt16
    ) throws -> [SocketSnapshot] {
        try zip(ages, firstPort...)
            .map { age, port in
                try socket(
                    .timeWait, port, to: remote, remotePort, timeLeft: 60_000 - age * 1_000)
            }
    }
}
