// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing

/// What closes it.
extension AuditWords {
    /// What to do, the best first, each with its side effects.
    var changes: [String] {
        switch kind {
        case .answeredByOther:
            [
                """
                Ask whose it is; if it is nobody's, stop it. Then have the service listen on both \
                families, so that the place is taken.
                """
            ]
        case .otherFamily:
            [
                """
                Listen there too. For every address: one socket on [::] with IPV6_V6ONLY off takes \
                IPv4 as well, and leaves nothing free. For this machine only: 127.0.0.1 and [::1].
                """, activation, privilege,
            ]
        case .notListening:
            [
                "Call listen() right behind bind(), and bind without SO_REUSEADDR where no restart "
                    + "needs it.",
                activation, privilege,
            ]
        case .sameUser:
            [
                "Leave SO_REUSEPORT out where one listener is enough: without it a listener's "
                    + "address is its own.",
                "Give the service a user of its own (systemd: DynamicUser=yes, or User=).",
                privilege,
            ]
        case .restartWindow:
            [
                activation, privilege,
                """
                Without SO_REUSEADDR the window closes for others, and for the service as well: \
                it cannot start again until its old connections have gone (TIME-WAIT: 60 s).
                """,
            ] + reservation
        case .otherAddresses:
            [
                "If the service is to be found there: listen on [::] with IPV6_V6ONLY off, which "
                    + "leaves nothing free. Else no client should be told these addresses.",
                privilege,
            ]
        case .whileDown: [activation, privilege] + reservation
        }
    }

    private var activation: String {
        """
        Have systemd open the socket (a .socket unit, ListenStream=): it binds and listens before \
        the service starts, and keeps the socket when the service restarts.
        """
    }

    /// The kernel refuses a start of the unprivileged ports above the first automatic one.
    private var privilege: String {
        let first = facts.settings.automaticPorts.lowerBound
        guard port < first else {
            return """
                Move it to a port below \(first): those above can not be kept from users, as the \
                kernel chooses from them for every outgoing connection.
                """
        }
        return """
            sysctl net.ipv4.ip_unprivileged_port_start=\(Int(port) + 1): ports up to \(port) are \
            then for root and CAP_NET_BIND_SERVICE only; every service there needs that to start.
            """
    }

    /// An outgoing connection takes an automatic port, too.
    private var reservation: [String] {
        guard facts.settings.isAutomatic(port) else { return [] }
        return [
            """
            sysctl net.ipv4.ip_local_reserved_ports=\(port) (and what it has now): else, while \
            the service is down, any outgoing connection may be given the port.
            """
        ]
    }
}

extension AuditedSocket {
    /// How to have well-known programs listen on both families; `nil` for others.
    var bothFamiliesHint: String? {
        let isWide = address.isWildcard
        for owner in owners {
            switch owner.process.name {
            case "nginx": return "nginx: listen [::]:\(port); beside the other one"
            case "redis-server", "valkey-server":
                return isWide
                    ? "redis.conf: bind * -::*" : "redis.conf: bind \(address) -::1"
            case "postgres":
                return isWide
                    ? "postgresql.conf: listen_addresses = '*'"
                    : "postgresql.conf: listen_addresses = '\(address), ::1'"
            case "sshd": return "sshd_config: AddressFamily any, ListenAddress ::"
            case "python3", "python":
                return "if it is http.server: python3 -m http.server --bind :: \(port)"
            case _: continue
            }
        }
        return nil
    }
}
