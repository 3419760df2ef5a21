// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
package import SystemPackage
package import TCPClosing

/// A non-blocking TCP socket of either family whose calls answer with the kernel's errno, 0 for none.
///
/// Closed by `close()` or when nobody refers to it any more.
package final class BareSocket {
    /// The address family.
    package enum Family: Hashable, Sendable {
        case v4
        case v6

        var number: Int32 {
            switch self {
            case .v4: AF_INET
            case .v6: AF_INET6
            }
        }
    }

    /// Options that decide who shares a port; `interface` is `SO_BINDTODEVICE`, and
    /// `interfaceIndex` is `SO_BINDTOIFINDEX`.
    package enum Option: Hashable, Sendable {
        case reuseAddress(Bool)
        case reusePort(Bool)
        case ipv6Only(Bool)
        case interface(String)
        case interfaceIndex(UInt32)
        /// `IP_BIND_ADDRESS_NO_PORT`.
        case bindAddressNoPort
        /// `SO_LINGER {1, 0}`.
        case lingerZero
    }

    private var descriptor: Int32
    private let family: Family

    private init(owning descriptor: Int32, _ family: Family) {
        self.descriptor = descriptor
        self.family = family
    }

    deinit { close() }

    /// Makes a socket in the namespace this thread is in, of this thread's user (`FileSystemUser`).
    package init(_ family: Family) throws(PrivateNetworkError) {
        let type =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            | Int32(SOCK_CLOEXEC.rawValue)
        self.family = family
        descriptor = try systemCall("socket") { socket(family.number, type, 0) }
    }

    /// The corresponding C function is setsockopt(2).
    package func set(_ option: Option) throws(PrivateNetworkError) {
        switch option {
        case .reuseAddress(let on): try set(SOL_SOCKET, SO_REUSEADDR, on)
        case .reusePort(let on): try set(SOL_SOCKET, SO_REUSEPORT, on)
        case .ipv6Only(let on): try set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, on)
        case .bindAddressNoPort: try set(Int32(IPPROTO_IP), 24, true)
        case .lingerZero:
            try systemCall("SO_LINGER") { lastcall_set_linger_reset(descriptor, 1) }
        case .interfaceIndex(let index):
            var value = index
            try systemCall("SO_BINDTOIFINDEX") {
                setsockopt(
                    descriptor, SOL_SOCKET, 62, &value, socklen_t(MemoryLayout<UInt32>.size))
            }
        case .interface(let name):
            try systemCall("SO_BINDTODEVICE") {
                setsockopt(
                    descriptor, SOL_SOCKET, SO_BINDTODEVICE, name, socklen_t(name.utf8.count))
            }
        }
    }

    private func set(_ level: Int32, _ name: Int32, _ on: Bool) throws(PrivateNetworkError) {
        var value: Int32 = on ? 1 : 0
        try systemCall("setsockopt \(name)") {
            setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    /// The corresponding C function is bind(2).
    package func bind(_ address: InternetAddress, port: UInt16) -> Errno {
        call(Destination(address: address, port: port)) { Glibc.bind(descriptor, $0, $1) }
    }

    /// The corresponding C function is connect(2); a SYN that is on its way is success.
    package func connect(to destination: Destination) -> Errno {
        let code = call(destination) { Glibc.connect(descriptor, $0, $1) }
        return code.rawValue == EINPROGRESS ? Errno(rawValue: 0) : code
    }

    /// The corresponding C function is listen(2).
    package func listen(backlog: Int32 = 16) -> Errno {
        Glibc.listen(descriptor, backlog) == 0 ? Errno(rawValue: 0) : Errno(rawValue: errno)
    }

    /// Accepts the next connection, or `nil` when none waits.
    package func accept() -> BareSocket? {
        var peer = sockaddr_storage()
        let accepted = lastcall_accept(descriptor, &peer)
        return accepted < 0 ? nil : BareSocket(owning: accepted, family)
    }

    /// Sends a FIN and stays open; the corresponding C function is shutdown(2).
    package func shutDown() throws(PrivateNetworkError) {
        try systemCall("shutdown") { shutdown(descriptor, Int32(SHUT_WR)) }
    }

    /// Stops to listen and stays bound.
    package func stopListening() throws(PrivateNetworkError) {
        try systemCall("shutdown") { shutdown(descriptor, Int32(SHUT_RD)) }
    }

    /// The local port; the corresponding C function is getsockname(2).
    package func localPort() throws(PrivateNetworkError) -> UInt16 {
        var storage = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        try withUnsafeMutableBytes(of: &storage) { bytes throws(PrivateNetworkError) in
            let address = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            guard let address else { return }
            try systemCall("getsockname") { getsockname(descriptor, address, &length) }
        }
        // Both families have it in one place.
        return UInt16(bigEndian: storage.sin6_port)
    }

    /// The number to give to the kernel; borrowed.
    var number: Int32 { descriptor }

    /// Gives the descriptor away, to somebody who closes it.
    package func release() -> Int32 {
        defer { descriptor = -1 }
        return descriptor
    }

    /// Sends small pieces at once (`TCP_NODELAY`).
    package func setNoDelay() throws(PrivateNetworkError) {
        try set(Int32(IPPROTO_TCP), TCP_NODELAY, true)
    }

    /// The IPv4 address at which the other end reaches this one, in host byte order.
    package func localAddress() throws(PrivateNetworkError) -> UInt32 {
        var form = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutableBytes(of: &form) { bytes throws(PrivateNetworkError) in
            let address = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            guard let address else { return }
            try systemCall("getsockname") { getsockname(descriptor, address, &length) }
        }
        return UInt32(bigEndian: form.sin_addr.s_addr)
    }

    /// Closes it; the corresponding C function is close(2).
    package func close() {
        guard descriptor >= 0 else { return }
        _ = Glibc.close(descriptor)
        descriptor = -1
    }

    private func call(
        _ place: Destination, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Errno {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        switch place.address {
        case .v4(let bits):
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = place.port.bigEndian
            v4.sin_addr.s_addr = bits.bigEndian
            return Self.call(&v4, body)
        case .v6(let high, let low, let zone):
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = place.port.bigEndian
            v6.sin6_scope_id = zone
            withUnsafeMutableBytes(of: &v6.sin6_addr) {
                $0.storeBytes(of: high.bigEndian, as: UInt64.self)
                $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return Self.call(&v6, body)
        }
    }

    private static func call<Form>(
        _ form: inout Form, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Errno {
        withUnsafeBytes(of: &form) { bytes in
            guard let address = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress else {
                return Errno(rawValue: EFAULT)
            }
            let result = body(address, socklen_t(bytes.count))
            return result == 0 ? Errno(rawValue: 0) : Errno(rawValue: errno)
        }
    }
}

/// The user that this thread makes sockets and files as; a matter of each thread (setfsuid(2)).
package enum FileSystemUser {
    /// Becomes a user, and says whether the kernel has let it.
    @discardableResult
    package static func become(_ user: UInt32) -> Bool {
        lastcall_become_file_system_user(user) != 0
    }
}
