// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TextForms

/// Something to do about a port that cannot be bound, or something that is said to help and does
/// not.
package struct Remedy: Hashable, Sendable {
    /// What kind it is: a word for programs.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case wait
        case reuseAddress = "reuse-address"
        case reusePort = "reuse-port"
        case remoteClosesFirst = "remote-closes-first"
        case stop
        case otherAddress = "other-address"
        case reservePort = "reserve-port"
        case destroy
        case privilege
        case ipv6Only = "ipv6-only"
        case noUse = "no-use"
    }

    package var kind: Kind
    /// What to do and what it costs, as sentences.
    package var text: String

    package init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}

extension Remedy {
    /// What helps against one blocker, the safest first, and at the end what does not.
    static func all(
        against blocker: BindDiagnosis.Blocker, of request: BindRequest, settings: PortSettings
    ) -> [Remedy] {
        var remedies: [Remedy] = []
        if let stay = blocker.longestStay { remedies.append(wait(stay, blocker)) }
        remedies += apart(blocker)
        if isThief(blocker, settings) { remedies.append(reserve(request.port)) }
        // A program that was given the port by chance is none whose flags one sets.
        if !isThief(blocker, settings) || blocker.sighting.holder.state.isMiniSocket {
            remedies += reuse(blocker)
        }
        remedies += closing(blocker)
        remedies += stop(blocker)
        remedies += destroy(blocker)
        return remedies + useless(blocker)
    }

    static func forPrivilege(port: UInt16) -> [Remedy] {
        [
            Remedy(
                .privilege,
                "Let systemd open the socket and hand it over (ListenStream=\(port)): the program "
                    + "needs no privilege then."),
            Remedy(
                .privilege,
                "Give the program the capability: setcap cap_net_bind_service=+ep FILE, or in its "
                    + "unit AmbientCapabilities=CAP_NET_BIND_SERVICE. It may then bind every such "
                    + "port."),
            Remedy(.privilege, "Run it as root. It may then do everything."),
            Remedy(
                .privilege,
                "Lower the limit: sysctl net.ipv4.ip_unprivileged_port_start=\(port). Every user may "
                    + "then bind these ports."),
        ]
    }

    static func forAddress(_ address: InternetAddress) -> [Remedy] {
        let wildcard =
            switch address.unmapped {
            case .v4: "0.0.0.0"
            case .v6: "[::]"
            }
        return [
            Remedy(
                .otherAddress,
                "Bind an address that is here, or \(wildcard) for all of them."),
            Remedy(
                .wait,
                "If the address comes later (DHCP, a tunnel, a floating one): start the program "
                    + "after it, for one After=network-online.target; or set IP_FREEBIND on the "
                    + "socket, or sysctl net.ipv4.ip_nonlocal_bind=1 (IPv6: net.ipv6.ip_nonlocal_bind)."
            ),
        ]
    }

    private static func wait(_ stay: Duration, _ blocker: BindDiagnosis.Blocker) -> Remedy {
        var text = "Wait: it ends by itself in \(DurationText.short(stay)) at most"
        if blocker.sighting.holder.state == .finWait2Record {
            text += ", or TIME-WAIT follows for 60 s more if the other end closes until then"
        }
        return Remedy(.wait, text + " (--wait does that).")
    }

    /// Addresses that would not meet.
    private static func apart(_ blocker: BindDiagnosis.Blocker) -> [Remedy] {
        switch blocker.obstacle.overlap {
        case .requestTakesIPv4, .holderTakesIPv4:
            [
                Remedy(
                    .ipv6Only,
                    "Set IPV6_V6ONLY on the IPv6 socket: then each family has the port to itself. "
                        + "IPv4 clients no longer reach the IPv6 one.")
            ]
        case .ipv6ConnectionBlocksIPv4:
            [
                Remedy(
                    .otherAddress,
                    "Bind one IPv4 address instead of 0.0.0.0: the IPv6 connection is in the way of "
                        + "the wildcard only.")
            ]
        case .same, .requestIsWildcard, .holderIsWildcard: []
        }
    }

    private static func reuse(_ blocker: BindDiagnosis.Blocker) -> [Remedy] {
        let lacks = blocker.obstacle.lacks
        guard blocker.sighting.holder.state != .listening else {
            return reusePort(blocker)
        }
        let risk =
            " While nobody listens, any user whose socket has it may take the port as well."
        if lacks.contains(.holderWithoutReuseAddress) {
            return [
                Remedy(
                    .reuseAddress,
                    "For the next time: set SO_REUSEADDR before bind() in both runs. The old socket "
                        + "has not got it, so the new one alone does not help." + risk)
            ]
        }
        if blocker.sighting.holder.reusesAddress == true {
            return [
                Remedy(
                    .reuseAddress,
                    "Set SO_REUSEADDR before bind(): the old socket has it." + risk)
            ]
        }
        guard lacks.contains(.requestWithoutReuseAddress) else { return [] }
        return [
            Remedy(
                .reuseAddress,
                "Set SO_REUSEADDR before bind(), in both runs: it helps now if the old socket had it "
                    + "too, which the kernel tells nobody (--reuseaddr --probe finds out)." + risk)
        ]
    }

    /// Two servers may listen beside each other only so.
    private static func reusePort(_ blocker: BindDiagnosis.Blocker) -> [Remedy] {
        let lacks = blocker.obstacle.lacks
        guard blocker.sighting.holder.reusesPort == true,
            lacks.contains(.requestWithoutReusePort)
        else { return [] }
        return [
            Remedy(
                .reusePort,
                "If both are to serve: the listener has SO_REUSEPORT; a socket of the same user that "
                    + "has it too shares the port. Each then gets a part of the connections.")
        ]
    }

    /// Whoever closes first keeps the port.
    private static func closing(_ blocker: BindDiagnosis.Blocker) -> [Remedy] {
        switch blocker.sighting.holder.state {
        case .timeWait:
            [
                Remedy(
                    .remoteClosesFirst,
                    "For the next time: let the other end close first; it then keeps TIME-WAIT, and "
                        + "this port is free at once.")
            ]
        case .bound, .listening, .synSent, .handshake, .synReceived, .established, .finWait1,
            .finWait2, .finWait2Record, .closing, .closeWait, .lastAck, .deadDescriptor:
            []
        }
    }

    private static func stop(_ blocker: BindDiagnosis.Blocker) -> [Remedy] {
        let holder = blocker.counterpart ?? blocker.sighting
        guard case .owned(let owners) = holder.ownership, let owner = owners.first else {
            guard case .hidden(let hidden) = holder.ownership, let unit = hidden.unit,
                !unit.hasPrefix("container ")
            else { return [] }
            return [Remedy(.stop, "Stop it: systemctl stop \(SafeText.line(unit)).")]
        }
        let unit = owner.unit.flatMap { $0.hasPrefix("container ") ? nil : $0 }
        let how = SafeText.line(unit.map { "systemctl stop \($0)" } ?? "kill \(owner.pid)")
        let name = SafeText.line("\(owner.name) (pid \(owner.pid))")
        if blocker.counterpart != nil {
            return [
                Remedy(
                    .stop,
                    "Have \(name) close its end of the connection, or stop it: \(how). TIME-WAIT "
                        + "follows for 60 s.")
            ]
        }
        return [Remedy(.stop, "Stop \(name): \(how). What it does ends.")]
    }

    /// Whether an outgoing connection was given the port by the kernel.
    static func isThief(_ blocker: BindDiagnosis.Blocker, _ settings: PortSettings) -> Bool {
        switch blocker.sighting.holder.state {
        case .synSent, .established, .closeWait, .finWait1, .finWait2, .finWait2Record, .closing,
            .lastAck, .timeWait:
            settings.isAutomatic(blocker.sighting.socket.localPort)
        case .bound, .listening, .handshake, .synReceived, .deadDescriptor: false
        }
    }

    private static func reserve(_ port: UInt16) -> Remedy {
        Remedy(
            .reservePort,
            "So that no outgoing connection is given this port again: sysctl "
                + "net.ipv4.ip_local_reserved_ports=\(port) (add it to what is there); bind() to it "
                + "still works.")
    }

    private static func destroy(_ blocker: BindDiagnosis.Blocker) -> [Remedy] {
        guard blocker.sighting.holder.state.hasFourTuple else { return [] }
        let socket = blocker.sighting.socket
        let cost =
            blocker.sighting.holder.state.isMiniSocket
            ? "stray segments of the old connection are not caught any more"
            : "its program gets ECONNABORTED, and what is under way is lost"
        let local = Destination(address: socket.localAddress.unmapped, port: socket.localPort)
        let remote = Destination(address: socket.remoteAddress.unmapped, port: socket.remotePort)
        let others = blocker.sighting.count > 1 ? "" : " dst \(remote)"
        return [
            Remedy(
                .destroy, "As root, end it: ss -K src \(local)\(others). The price: \(cost).")
        ]
    }

    private static func useless(_ blocker: BindDiagnosis.Blocker) -> [Remedy] {
        switch blocker.sighting.holder.state {
        case .listening:
            [
                Remedy(
                    .noUse,
                    "SO_REUSEADDR: on Linux it never shares a port with a socket that listens."),
                Remedy(.noUse, "Waiting: a listener does not end by itself."),
            ]
        case .timeWait:
            [
                Remedy(
                    .noUse,
                    "tcp_fin_timeout, though it is recommended everywhere: TIME-WAIT is a constant "
                        + "60 s."),
                Remedy(
                    .noUse, "tcp_tw_reuse: it is about outgoing connections, not about bind()."),
            ]
        case .bound, .deadDescriptor:
            [Remedy(.noUse, "Waiting: only its process can end it.")]
        case .synSent, .handshake, .synReceived, .established, .finWait1, .finWait2,
            .finWait2Record, .closing, .closeWait, .lastAck:
            []
        }
    }
}
