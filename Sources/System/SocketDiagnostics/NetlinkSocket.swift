// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// A netlink socket, as far as requests and answers go.
package protocol NetlinkSocket: AnyObject {
    /// Sends one datagram to the kernel.
    func send(_ datagram: [UInt8]) throws(SocketDiagnosticsError)
    /// Waits for one datagram of the kernel.
    func receive() throws(SocketDiagnosticsError) -> [UInt8]
}

/// A netlink socket of the network namespace its maker's thread was in.
package final class KernelNetlinkSocket: NetlinkSocket {
    /// The protocols used here (netlink(7)).
    package enum Family: Int32 {
        case route = 0
        case socketDiagnostics = 4
    }

    /// The kernel fills dumps up to 32 KiB a datagram.
    private static let longestDatagram = 65_536

    private let descriptor: Int32

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

    package func receive() throws(SocketDiagnosticsError) -> [UInt8] {
        var length = 0
        var failure: SocketDiagnosticsError?
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.longestDatagram) { buffer, used in
            do throws(SocketDiagnosticsError) {
                // With MSG_TRUNC the length is the datagram's own, not what fitted.
                length = try retrying {
                    recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC))
                }
            } catch {
                failure = error
            }
            used = min(length, buffer.count)
        }
        if let failure { throw failure }
        guard length <= bytes.count else { throw .truncated }
        return bytes
    }

    private func retrying(_ call: () -> Int) throws(SocketDiagnosticsError) -> Int {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw .failed(Errno(rawValue: code)) }
        }
    }
}
