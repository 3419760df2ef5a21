// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import TCPClosing

extension WatchedSocket {
    /// Looks at a descriptor of a process; `nil` when it is no TCP socket, or may not be looked at.
    init?(_ descriptor: Int32, of process: Int32) {
        let copy = lastcall_copy_descriptor(process, descriptor)
        guard copy >= 0 else { return nil }
        defer { _ = close(copy) }
        func option(_ level: Int32, _ name: Int32) -> Int32 {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            return getsockopt(copy, level, name, &value, &length) == 0 ? value : 0
        }
        let family = option(SOL_SOCKET, SO_DOMAIN)
        guard option(SOL_SOCKET, SO_PROTOCOL) == Int32(IPPROTO_TCP),
            family == AF_INET || family == AF_INET6
        else { return nil }
        isIPv6 = family == AF_INET6
        reusesAddress = option(SOL_SOCKET, SO_REUSEADDR) != 0
        reusesPort = option(SOL_SOCKET, SO_REUSEPORT) != 0
        isIPv6Only = isIPv6 && option(Int32(IPPROTO_IPV6), IPV6_V6ONLY) != 0
        interface = UInt32(max(0, option(SOL_SOCKET, Self.bindToInterface)))
        var status = stat()
        inode = fstat(copy, &status) == 0 ? UInt32(truncatingIfNeeded: status.st_ino) : 0
        local = Self.localName(of: copy)
    }

    /// `SO_BINDTOIFINDEX`, which glibc's header lacks.
    private static let bindToInterface: Int32 = 62

    private static func localName(of socket: Int32) -> Destination? {
        var bytes = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_in6>.size)
        var length = socklen_t(bytes.count)
        let isNamed = bytes.withUnsafeMutableBytes { buffer in
            buffer.withMemoryRebound(to: sockaddr.self) {
                getsockname(socket, $0.baseAddress, &length) == 0
            }
        }
        return isNamed ? Destination(kernelForm: bytes.prefix(Int(length))) : nil
    }
}

extension Destination {
    /// Reads `struct sockaddr_in` or `struct sockaddr_in6` (ip(7), ipv6(7)); `nil` for others.
    init?(kernelForm form: ArraySlice<UInt8>) {
        let bytes = Array(form)
        func integer(_ range: Range<Int>) -> UInt64 {
            bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard bytes.count >= 8 else { return nil }
        let port = UInt16(truncatingIfNeeded: integer(2..<4))
        switch bytes.withUnsafeBytes({ $0.loadUnaligned(as: sa_family_t.self) }) {
        case sa_family_t(AF_INET):
            self.init(address: .v4(UInt32(truncatingIfNeeded: integer(4..<8))), port: port)
        case sa_family_t(AF_INET6) where bytes.count >= 24:
            self.init(
                address: .v6(high: integer(8..<16), low: integer(16..<24), zone: 0), port: port)
        case _: return nil
        }
    }
}
