// SPDX-License-Identifier: Apache-2.0

import Glibc
public import SystemPackage
public import TCPClosing

/// Asks the kernel by doing: what bind(2) would answer, and which address a connection would have.
public enum BindProbe {
    /// What bind(2) says to a socket that is closed at once and never listens; `nil` for success.
    ///
    /// For some microseconds the port is held: a server that binds just then fails. On kernels
    /// before 6.18 a probe of an automatic port may keep it from being chosen while others use it.
    public static func bind(_ request: BindRequest) -> Errno? {
        do throws(Errno) {
            let socket = try TCPSocket(towards: request.address)
            if case .v6 = request.address { try socket.setIPv6Only(request.isIPv6Only) }
            if request.reusesAddress { try socket.setReuseAddress() }
            if request.reusesPort { try socket.setReusePort() }
            try socket.bind(request.address, port: request.port)
            return nil
        } catch {
            return error
        }
    }

    /// Whether the address is one of this machine's, or a wildcard.
    ///
    /// Binds a port that the kernel chooses, for some microseconds.
    public static func isHere(_ address: InternetAddress) -> Bool {
        bind(BindRequest(address, port: 0)) != .addressNotAvailable
    }

    /// The local address the routing table chooses towards a destination; `nil` when there is none.
    ///
    /// Connects a datagram socket, which sends nothing (connect(2)).
    public static func sourceAddress(towards destination: Destination) -> InternetAddress? {
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let probe = socket(destination.address.family, type, 0)
        guard probe >= 0 else { return nil }
        defer { _ = Glibc.close(probe) }
        let isConnected = SocketAddress.withKernelForm(
            of: destination.address, port: destination.port
        ) { form, length in
            Glibc.connect(probe, form, length) == 0
        }
        guard isConnected else { return nil }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isNamed = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(probe, $0, &length) == 0
            }
        }
        return isNamed ? SocketAddress.value(of: &storage)?.address.unmapped : nil
    }
}
