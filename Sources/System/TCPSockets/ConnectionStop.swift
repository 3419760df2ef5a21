// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SystemPackage
import TCPClosing

/// Keeps SYNs from a listening socket, and takes off its children what they inherit of that.
struct ConnectionStop: Sendable {
    private var means: ListenerDrainRecord.StopMeans?
    /// What the socket had before.
    private let minimumTTL: Int32
    private let minimumHopCount: Int32

    /// Nothing is stopped yet.
    init(_ listener: borrowing TCPSocket) {
        minimumTTL = listener.option(Int32(IPPROTO_IP), IP_MINTTL) ?? 0
        minimumHopCount = listener.option(Int32(IPPROTO_IPV6), IPV6_MINHOPCOUNT) ?? 0
    }

    /// Stops new connections by the best means there is.
    mutating func begin(_ listener: borrowing TCPSocket) -> ListenerDrainRecord.StopMeans? {
        if lastcall_attach_syn_filter(listener.descriptor) == 0 {
            means = .filter
        } else if Self.set(255, 255, on: listener) {
            means = .minimumTTL
        }
        return means
    }

    /// Makes an accepted connection like any other.
    func undo(on connection: borrowing TCPSocket) {
        switch means {
        case .filter: _ = lastcall_detach_filter(connection.descriptor)
        case .minimumTTL: _ = Self.set(minimumTTL, minimumHopCount, on: connection)
        case nil: break
        }
    }

    /// A socket of IPv6 takes both, for it may serve IPv4, too; one of IPv4 only the first.
    private static func set(
        _ minimumTTL: Int32, _ minimumHopCount: Int32, on socket: borrowing TCPSocket
    ) -> Bool {
        do throws(Errno) {
            try socket.setOption(Int32(IPPROTO_IP), IP_MINTTL, minimumTTL)
            if socket.option(Int32(IPPROTO_IPV6), IPV6_MINHOPCOUNT) != nil {
                try socket.setOption(Int32(IPPROTO_IPV6), IPV6_MINHOPCOUNT, minimumHopCount)
            }
            return true
        } catch {
            return false
        }
    }
}
