// SPDX-License-Identifier: Apache-2.0

import Glibc
import Threads

/// Answers connections on all of 127.0.0.0/8 with scripts, one per address.
///
/// Sockets of its own and nothing of ours: it plays what no library would.
final class HostileServer: Sendable {
    /// What it does on one connection.
    struct Script: Sendable {
        /// What it sends at once.
        var bytes: [UInt8] = []
        /// What it sends again and again, until nobody takes it.
        var flood: [UInt8] = []
        var ending = Ending.close
        /// Called once the client has said something; nothing is sent before it returns.
        var whenSpokenTo: (@Sendable () -> Void)?

        enum Ending: Sendable, CaseIterable {
            /// Sends a FIN.
            case close
            /// Sends a RST.
            case reset
            /// Says nothing more, until the client has gone.
            case stall
        }
    }

    /// The address of script 0, 127.1.0.0.
    static let firstAddress: UInt32 = 0x7f01_0000

    let port: UInt16
    private let listener: Int32
    private let script: @Sendable (UInt32) -> Script

    /// Listens; the script is that of the address, counted from `firstAddress`.
    init(_ script: @escaping @Sendable (UInt32) -> Script) throws {
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 1024) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw Unavailable(errno: errno) }
        port = UInt16(bigEndian: address.sin_port)
        try DetachedThread.start { Self.serve(descriptor, script) }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    struct Unavailable: Error { let errno: Int32 }

    private static func serve(_ listener: Int32, _ script: @escaping @Sendable (UInt32) -> Script) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else {
                close(listener)
                return
            }
            try? DetachedThread.start {
                play(script(localAddress(connection) - firstAddress), on: connection)
                close(connection)
            }
        }
    }

    private static func localAddress(_ connection: Int32) -> UInt32 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(connection, $0, &length)
            }
        }
        return UInt32(bigEndian: address.sin_addr.s_addr)
    }

    private static func play(_ script: Script, on connection: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        if let whenSpokenTo = script.whenSpokenTo {
            guard recv(connection, &buffer, buffer.count, 0) > 0 else { return }
            whenSpokenTo()
        }
        guard send(script.bytes, on: connection) else { return }
        while !script.flood.isEmpty, send(script.flood, on: connection) {}
        switch script.ending {
        case .close: shutdown(connection, Int32(SHUT_WR))
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                connection, SOL_SOCKET, SO_LINGER, &linger,
                socklen_t(MemoryLayout<Glibc.linger>.size))
            return
        case .stall: break
        }
        while recv(connection, &buffer, buffer.count, 0) > 0 {}
    }

    private static func send(_ bytes: [UInt8], on connection: Int32) -> Bool {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    connection, $0.baseAddress.map { $0 + start }, bytes.count - start,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            start += count
        }
        return true
    }
}
