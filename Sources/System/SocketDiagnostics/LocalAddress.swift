// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
public import TCPClosing

/// An address of this machine, and the interface that has it.
public struct LocalAddress: Hashable, Sendable {
    /// The address; a link-local one with its zone.
    public var address: InternetAddress
    /// The index of the interface.
    public var interface: UInt32

    /// Makes an address.
    public init(_ address: InternetAddress, interface: UInt32) {
        self.address = address
        self.interface = interface
    }

    /// The addresses of the network namespace this thread is in, of interfaces that are up.
    ///
    /// The corresponding C function is getifaddrs(3).
    public static func all() -> [LocalAddress] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var addresses: [LocalAddress] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard entry.ifa_flags & UInt32(IFF_UP) != 0, let form = entry.ifa_addr,
                let name = entry.ifa_name, let address = address(form)
            else { continue }
            addresses.append(LocalAddress(address, interface: UInt32(if_nametoindex(name))))
        }
        return addresses
    }

    private static func address(_ form: UnsafeMutablePointer<sockaddr>) -> InternetAddress? {
        switch Int32(form.pointee.sa_family) {
        case AF_INET:
            return form.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                .v4(UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
            }
        case AF_INET6:
            return form.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { form in
                withUnsafeBytes(of: form.pointee.sin6_addr) { bytes in
                    .v6(
                        high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                        low: UInt64(
                            bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                        zone: form.pointee.sin6_scope_id)
                }
            }
        case _: return nil
        }
    }
}
