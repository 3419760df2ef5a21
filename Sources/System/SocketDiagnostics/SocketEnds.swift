// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SystemPackage

/// The TCP sockets of one network namespace that end, told by the kernel as they do.
///
/// These are the multicast groups of `SKNLGRP_INET_TCP_DESTROY` (sock_diag(7)). Needs no privilege.
///
/// A socket ends when nothing is left of it, and also when TIME-WAIT or an orphan's FIN-WAIT-2
/// begins, which is a small record in its place, with the same cookie if the socket had been dumped
/// before. The end of that record is not told. One instance serves one caller at a time.
public struct SocketEnds {
    private let socket: KernelNetlinkSocket
    private var buffer = NetlinkBuffer.make()

    /// Room for what comes until it is fetched, in bytes; some 800 are counted for each.
    private static let room: Int32 = 16 << 20

    /// What was found by `next`.
    private enum Arrival {
        case datagram(Int)
        case nothing
        case overrun
    }

    /// Begins to listen, in the network namespace this thread is in.
    public init() throws(SocketDiagnosticsError) {
        socket = try KernelNetlinkSocket(.socketDiagnostics)
        var room = Self.room
        let size = socklen_t(MemoryLayout<Int32>.size)
        // Beyond the limit for everybody (`net.core.rmem_max`) only for CAP_NET_ADMIN.
        if setsockopt(socket.descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, size) != 0 {
            _ = setsockopt(socket.descriptor, SOL_SOCKET, SO_RCVBUF, &room, size)
        }
        // A socket without a number of its own counts as the kernel's, which is told nothing.
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
            }
        }
        guard bound == 0 else { throw .failed(Errno(rawValue: errno)) }
        for var group in [
            Int32(SKNLGRP_INET_TCP_DESTROY.rawValue), Int32(SKNLGRP_INET6_TCP_DESTROY.rawValue),
        ] {
            let joined = setsockopt(
                socket.descriptor, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, size)
            guard joined == 0 else { throw .failed(Errno(rawValue: errno)) }
        }
    }

    /// Readable when something has come (poll(2)); borrowed.
    public var descriptor: Int32 { socket.descriptor }

    /// Hands over what has come, oldest first, and does not wait.
    ///
    /// The state is that in which it ended, which is `closed` for most; user, inode and control group
    /// are not told: the cookie is that of the socket while it lived.
    ///
    /// - Returns: whether some were lost, because too many had come since the last time.
    public mutating func fetch(
        _ body: (SocketSnapshot) -> Void
    ) throws(SocketDiagnosticsError) -> Bool {
        var someWereLost = false
        while true {
            switch try next() {
            case .nothing: return someWereLost
            case .overrun: someWereLost = true
            case .datagram(let length):
                var start = 0
                while start < length {
                    let bytes = buffer.span.bytes.extracting(0..<length)
                    let place = try NetlinkPlace(in: bytes, at: start)
                    start = place.next
                    guard place.type == SocketDiagnostics.byFamily else { continue }
                    body(try SocketSnapshot(kernel: bytes.extracting(place.body)))
                }
            }
        }
    }

    private mutating func next() throws(SocketDiagnosticsError) -> Arrival {
        let room = buffer.count
        do throws(SocketDiagnosticsError) {
            let length = try retrying {
                recv(socket.descriptor, &buffer, room, Int32(MSG_TRUNC) | Int32(MSG_DONTWAIT))
            }
            guard length <= room else { throw .truncated }
            return length == 0 ? .nothing : .datagram(length)
        } catch .failed(.noBufferSpace) {
            return .overrun
        } catch .failed(.resourceTemporarilyUnavailable) {
            return .nothing
        }
    }
}
