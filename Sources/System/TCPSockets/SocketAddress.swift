// SPDX-License-Identifier: Apache-2.0

import Glibc
public import TCPClosing

/// Conversions between the kernel's socket addresses and values.
enum SocketAddress {
    /// Calls the body with the kernel's form of an address and port.
    static func withKernelForm<Result>(
        of address: InternetAddress, port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        switch address {
        case .v4(let bits):
            var form = sockaddr_in()
            form.sin_family = sa_family_t(AF_INET)
            form.sin_port = port.bigEndian
            form.sin_addr.s_addr = bits.bigEndian
            return withUnsafePointer(to: &form) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        case .v6(let high, let low, let zone):
            var form = sockaddr_in6()
            form.sin6_family = sa_family_t(AF_INET6)
            form.sin6_port = port.bigEndian
            form.sin6_scope_id = zone
            withUnsafeMutableBytes(of: &form.sin6_addr) { bytes in
                bytes.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
                bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return withUnsafePointer(to: &form) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
    }

    /// The value form of what the kernel filled in; `nil` for families other than IP.
    static func value(of storage: inout sockaddr_storage) -> Destination? {
        switch Int32(storage.ss_family) {
        case AF_INET:
            withUnsafeBytes(of: &storage) { bytes in
                let form = bytes.loadUnaligned(as: sockaddr_in.self)
                return Destination(
                    address: .v4(UInt32(bigEndian: form.sin_addr.s_addr)),
                    port: UInt16(bigEndian: form.sin_port))
            }
        case AF_INET6:
            withUnsafeBytes(of: &storage) { bytes in
                let form = bytes.loadUnaligned(as: sockaddr_in6.self)
                let halves = withUnsafeBytes(of: form.sin6_addr) { address in
                    (
                        UInt64(bigEndian: address.loadUnaligned(as: UInt64.self)),
                        UInt64(
                            bigEndian: address.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                    )
                }
                return Destination(
                    address: .v6(high: halves.0, low: halves.1, zone: form.sin6_scope_id),
                    port: UInt16(bigEndian: form.sin6_port))
            }
        case _: nil
        }
    }
}

extension InternetAddress {
    /// The address family, for socket(2).
    var family: Int32 {
        switch self {
        case .v4: AF_INET
        case .v6: AF_INET6
        }
    }

    /// Parses an address literal.
    ///
    /// The corresponding C function is inet_pton(3); a zone may follow an IPv6 address, as a number
    /// or an interface name.
    public init?(literal: String) {
        // C functions would read up to it.
        guard !literal.utf8.contains(0) else { return nil }
        var v4 = in_addr()
        if inet_pton(AF_INET, literal, &v4) == 1 {
            self = .v4(UInt32(bigEndian: v4.s_addr))
            return
        }
        let parts = literal.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        var v6 = in6_addr()
        guard let text = parts.first, inet_pton(AF_INET6, String(text), &v6) == 1 else {
            return nil
        }
        var zone: UInt32 = 0
        if parts.count == 2 {
            let isNumber = parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) }
            zone = isNumber ? UInt32(parts[1]) ?? 0 : if_nametoindex(String(parts[1]))
            guard zone != 0 else { return nil }
        }
        self = withUnsafeBytes(of: &v6) { bytes in
            .v6(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                zone: zone)
        }
    }
}
