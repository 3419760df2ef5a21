// SPDX-License-Identifier: Apache-2.0

package import SystemPackage
import TCPClosing
import TCPSockets

/// The ports rsh servers trust a client to call from, 512...1023, and finding usable ones among
/// them.
package enum ReservedPorts {
    /// What rcmd servers accept as a client's port (rcmd(3): `IPPORT_RESERVED`/2 up to it).
    package static let range: ClosedRange<UInt16> = 512...1023

    /// Why no reserved ports could be had.
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// This process may not bind ports below 1024.
        case notPermitted
        /// Too few are usable: other programs hold the rest.
        case tooFew(found: Int, wanted: Int)
        /// The kernel said something else.
        case system(Errno)

        init(_ code: Errno) {
            switch code {
            case .permissionDenied, .notPermitted: self = .notPermitted
            case _: self = .system(code)
            }
        }

        package var description: String {
            switch self {
            case .notPermitted:
                """
                rsh needs local ports below 1024, and this process may not use them: run as root, \
                give the binary CAP_NET_BIND_SERVICE \
                (setcap cap_net_bind_service=+ep lastcall), or let everyone use them \
                (sysctl net.ipv4.ip_unprivileged_port_start=512)
                """
            case .tooFew(let found, let wanted):
                """
                only \(found) of the \(wanted) local ports wanted below 1024 can be used: other \
                programs hold the rest (see: ss -tan 'sport < :1024'); wait a minute for those in \
                TIME-WAIT
                """
            case .system(let code): "local ports below 1024 cannot be used: \(code)"
            }
        }
    }

    /// Ports to call from: those a socket with `SO_REUSEADDR` can be bound to now, the highest
    /// first, less a share that is left to the stderr listeners.
    ///
    /// A port that another `SO_REUSEADDR` program (another lastcall) uses counts as usable: the
    /// kernel keys such ports by four-tuple. Where fewer are usable than wanted, callers and
    /// listeners get less in proportion, the listeners at least one.
    ///
    /// - Parameters:
    ///   - wanted: how many to call from, 1 at least.
    ///   - listeners: how many the stderr listeners will take from what is left.
    /// - Returns: as many as wanted. Where fewer are usable, ports that other programs hold now
    ///   fill the number up: a `PortPool` tries them again.
    /// - Throws: `Failure` when this process may not use such ports.
    package static func choose(
        _ wanted: Int, leaving listeners: Int
    ) throws(Failure) -> [UInt16] {
        var usable: [UInt16] = []
        var held: [UInt16] = []
        for port in range.reversed() where usable.count < wanted + listeners {
            do throws(Errno) {
                let probe = try TCPSocket(towards: .v4(0))
                try probe.setReuseAddress()
                try probe.bind(.v4(0), port: port)
                usable.append(port)
            } catch {
                guard error == .addressInUse else { throw Failure(error) }
                held.append(port)
            }
        }
        let left = listeners == 0 ? 0 : max(1, usable.count * listeners / (wanted + listeners))
        let callers = Array(usable.dropLast(left))
        return callers + held.prefix(wanted - callers.count)
    }
}
