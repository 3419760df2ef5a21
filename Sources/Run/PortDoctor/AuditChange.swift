// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing

/// Something to change, so that a finding is closed.
struct AuditChange: Hashable {
    /// What several changes have in common; told once.
    enum Note: Hashable, CaseIterable {
        case socketUnit
        case privilegedPorts

        var text: String {
            switch self {
            case .socketUnit:
                """
                systemd binds and listens before the service starts, and keeps the socket while it \
                restarts; the program has to take it over (sd_listen_fds(3)).
                """
            case .privilegedPorts:
                """
                Ports below are then for root and CAP_NET_BIND_SERVICE only: every program that \
                listens on one needs it to start.
                """
            }
        }
    }

    var text: String
    var note: Note?

    init(_ text: String, _ note: Note? = nil) {
        self.text = text
        self.note = note
    }

    /// The text with its note.
    var whole: String { text + (note.map { " " + $0.text } ?? "") }
}

extension AuditWords {
    /// What to do, the best first, each with its side effects.
    var changes: [AuditChange] {
        switch kind {
        case .answeredByOther:
            [
                AuditChange(
                    """
                    Ask whose it is, and stop what is nobody's. Then have the service listen on \
                    both families, so that the place is taken.
                    """)
            ]
        case .otherFamily:
            [
                AuditChange(
                    """
                    Listen there too. One socket on [::] with IPV6_V6ONLY off takes IPv4 as well \
                    and leaves nothing free; for this machine only, 127.0.0.1 and [::1].
                    """),
                AuditChange(
                    "A systemd socket unit: ListenStream=\(onePort) takes both families.",
                    .socketUnit),
            ] + privilege
        case .notListening:
            [
                AuditChange(
                    """
                    Call listen() right behind bind(). Where no restart needs SO_REUSEADDR, leave \
                    it out: that is all there is of an exclusive bind() on Linux.
                    """), activation,
            ] + privilege
        case .sameUser:
            [
                AuditChange(
                    "Leave SO_REUSEPORT out where one listener is enough: its address is its own "
                        + "then."),
                AuditChange("Give the service a user of its own (systemd: DynamicUser=yes)."),
            ] + privilege
        case .restartWindow:
            [activation] + privilege + [
                AuditChange(
                    """
                    Leave SO_REUSEADDR out. That keeps others out while old connections last, and \
                    the service as well: it starts again when they have gone (TIME-WAIT: 60 s).
                    """)
            ] + reservation
        case .otherAddresses:
            [
                AuditChange(
                    """
                    If clients look for it there, listen on [::] with IPV6_V6ONLY off, which \
                    leaves nothing free. If not, tell no client of these addresses.
                    """)
            ] + privilege
        case .whileDown: [activation] + privilege + reservation
        }
    }

    private var activation: AuditChange {
        AuditChange("A systemd socket unit (ListenStream=).", .socketUnit)
    }

    private var onePort: String { ports.count == 1 ? "\(ports.first ?? 0)" : "PORT" }

    /// The kernel refuses to let the privileged ports reach into the automatic ones.
    private var privilege: [AuditChange] {
        let first = facts.settings.automaticPorts.lowerBound
        var changes: [AuditChange] = []
        if let highest = ports.filter({ $0 < first }).max() {
            changes.append(
                AuditChange(
                    "sysctl net.ipv4.ip_unprivileged_port_start=\(Int(highest) + 1)",
                    .privilegedPorts))
        }
        let others = ports.filter { $0 >= first }
        if !others.isEmpty {
            changes.append(
                AuditChange(
                    """
                    Instead of \(Self.list(others)) a port below \(first): those from there on \
                    cannot be kept from users, as outgoing connections are given them.
                    """))
        }
        return changes
    }

    /// An outgoing connection takes an automatic port, too.
    private var reservation: [AuditChange] {
        let automatic = ports.filter(facts.isAutomatic)
        guard !automatic.isEmpty else { return [] }
        return [
            AuditChange(
                """
                In any case add \(Self.list(automatic)) to net.ipv4.ip_local_reserved_ports: while \
                the service is down, any outgoing connection may be given the port.
                """)
        ]
    }

    private static func list(_ ports: Set<UInt16>) -> String {
        ports.sorted().map { "\($0)" }.joined(separator: ", ")
    }
}

extension AuditedSocket {
    /// How to have well-known programs listen on both families; `nil` for others.
    var bothFamiliesHint: String? {
        let isWide = address.isWildcard
        for owner in owners {
            switch owner.process.name {
            case "nginx": return "nginx.conf: listen [::]:\(port); beside the other line"
            case "redis-server", "valkey-server":
                return isWide ? "redis.conf: bind * -::*" : "redis.conf: bind \(address) -::1"
            case "postgres":
                return isWide
                    ? "postgresql.conf: listen_addresses = '*'"
                    : "postgresql.conf: listen_addresses = '\(address), ::1'"
            case "sshd": return "sshd_config: AddressFamily any, and ListenAddress ::"
            case _: continue
            }
        }
        return nil
    }
}
