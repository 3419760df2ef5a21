// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// A netlink socket, as far as requests and answers go.
package protocol NetlinkSocket: AnyObject {
    /// Sends one datagram to the kernel.
    func send(_ datagram: [UInt8]) throws(SocketDiagnosticsError)
    /// Waits for one datagram of the kernel and writes it to the beginning of the buffer.
    ///
    /// - Returns: its length.
    /// - Throws: `truncated` when the buffer is too short for it.
    func receive(into buffer: inout [UInt8]) throws(SocketDiagnosticsError) -> Int
}

extension NetlinkSocket {
    /// Waits for one datagram of the kernel.
    package func receive() throws(SocketDiagnosticsError) -> [UInt8] {
        var buffer = NetlinkBuffer.make()
        let length = try receive(into: &buffer)
        return Array(buffer[..<length])
    }
}

/// Room for any datagram.
package enum NetlinkBuffer {
    /// The kernel fills dumps up to 32 KiB a datagram.
    private static let longestDatagram = 65_536

    package static func make() -> [UInt8] { [UInt8](repeating: 0, count: longestDatagram) }
}

/// A netlink socket of the network namespace its maker's thread was in.
package final class KernelNetlinkSocket: NetlinkSocket, Sendable {
    /// The protocols used here (netlink(7)).
    package enum Family: Int32 {
        case route = 0
        case socketDiagnostics = 4
    }

    let descriptor: Int32

    /// Opens a socket; it is bound when it first sends.
    package init(_ family: Family) throws(SocketDiagnosticsError) {
        let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = socket(AF_NETLINK, type, family.rawValue)
        guard descriptor >= 0 else { throw .failed(Errno(rawValue: errno)) }
    }

    init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = close(descriptor) }

    package func send(_ datagram: [UInt8]) throws(SocketDiagnosticsError) {
        _ = try retrying { Glibc.send(descriptor, datagram, datagram.count, 0) }
    }

    package func receive(into buffer: inout [UInt8]) throws(SocketDiagnosticsError) -> Int {
        let room = buffer.count
        // With MSG_TRUNC the length is the datagram's own, not what fitted.
        let length = try retrying { recv(descriptor, &buffer, room, Int32(MSG_TRUNC)) }
        guard length <= room else { throw .truncated }
        return length
    }
}

/// The result of a system call, which is made again whenever a signal has interrupted it (signal(7)).
package func retrying(_ call: () -> Int) throws(SocketDiagnosticsError) -> Int {
    while true {
        let result = call()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { throw .failed(Errno(rawValue: code)) }
    }
}
