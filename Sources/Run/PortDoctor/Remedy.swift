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
        case stop
        case otherAddress = "other-address"
        case reservePort = "reserve-port"
        case destroy
        case privilege
        case ipv6Only = "ipv6-only"
        case noUse = "no-use"
    }

    package var kind: Kind
    /// What to do, as a sentence.
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
        remedies += apart(blocker, request)
        remedies += reuse(blocker, request)
        remedies += stop(blocker)
        if isThief(blocker, settings) { remedies.append(reserve(request.port)) }
        remedies += destroy(blocker, request.port)
        return remedies + useless(blocker, request)
    }

    static func forPrivilege(port: UInt16) -> [Remedy] {
        [
            Remedy(
                .privilege,
                "Run as root, or give the program the capability: setcap cap_net_bind_service=+ep."),
            Remedy(
                .privilege,
                "Let systemd open the socket and hand it over (ListenStream=\(port)): the program "
                    + "needs no privilege then."),
            Remedy(
                .privilege,
                "Lower the limit for every user: sysctl net.ipv4.ip_unprivileged_port_start=\(port)."
            ),
        ]
    }

    private static func wait(_ stay: Duration, _ blocker: BindDiagnosis.Blocker) -> Remedy {
        var text = "Wait: it ends by itself in \(DurationText.short(stay)) at most"
        if blocker.sighting.holder.state == .finWait2Record {
            text += ", or TIME-WAIT follows for 60 s more if the other end closes until then"
        }
        return Remedy(.wait, text + ".")
    }

    /// Addresses that would not meet.
    private static func apart(
        _ blocker: BindDiagnosis.Blocker, _ request: BindRequest
    ) -> [Remedy] {
        switch blocker.obstacle.overlap {
        case .requestTakesIPv4, .holderTakesIPv4:
            [
                Remedy(
                    .ipv6Only,
                    "Set IPV6_V6ONLY on the IPv6 socket: then each family has the port to itself.")
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

    private static func reuse(
        _ blocker: BindDiagnosis.Blocker, _ request: BindRequest
    ) -> [Remedy] {
        guard blocker.sighting.holder.state != .listening else { return [] }
        let lacks = blocker.obstacle.lacks
        if lacks.contains(.holderWithoutReuseAddress) {
            return [
                Remedy(
                    .reuseAddress,
                    "For the next time: set SO_REUSEADDR before bind() in both runs. The socket in "
                        + "the way has not got it, so setting it now does not help.")
            ]
        }
        guard lacks.contains(.requestWithoutReuseAddress) else { return [] }
        return [
            Remedy(
                .reuseAddress,
                "Set SO_REUSEADDR before bind(), in every run: it helps now if the old socket had "
                    + "it too, which the kernel tells nobody (--probe finds out).")
        ]
    }

    private static func stop(_ blocker: BindDiagnosis.Blocker) -> [Remedy] {
        let holder = blocker.counterpart ?? blocker.sighting
        guard case .owned(let owners) = holder.ownership, let owner = owners.first else {
            return []
        }
        let how = owner.unit.map { "systemctl stop \($0)" } ?? "kill \(owner.pid)"
        if blocker.counterpart != nil {
            return [
                Remedy(
                    .stop,
                    "Have \(SafeText.line(owner.name)) (pid \(owner.pid)) close its end of the "
                        + "connection, or stop it: \(how).")
            ]
        }
        return [Remedy(.stop, "Stop \(SafeText.line(owner.name)) (pid \(owner.pid)): \(how).")]
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

    private static func destroy(_ blocker: BindDiagnosis.Blocker, _ port: UInt16) -> [Remedy] {
        guard blocker.sighting.holder.state.hasFourTuple else { return [] }
        let cost =
            blocker.sighting.holder.state.isMiniSocket
            ? "stray segments of the old connection are not caught any more"
            : "its program gets ECONNABORTED, and what is under way is lost"
        return [
            Remedy(.destroy, "As root, end it: ss -K sport = :\(port). The price: \(cost).")
        ]
    }

    private static func useless(
        _ blocker: BindDiagnosis.Blocker, _ request: BindRequest
    ) -> [Remedy] {
        switch blocker.sighting.holder.state {
        case .listening:
            [
                Remedy(
                    .noUse,
                    "SO_REUSEADDR does not help: on Linux it never shares a port with a socket that "
                        + "listens. Waiting does not either.")
            ]
        case .timeWait:
            [
                Remedy(
                    .noUse,
                    "tcp_fin_timeout does not help, though it is said to everywhere: TIME-WAIT is a "
                        + "constant 60 s.")
            ]
        case .bound, .deadDescriptor:
            [Remedy(.noUse, "ss, lsof -i and netstat do not show it: it does not listen.")]
        case .synSent, .handshake, .synReceived, .established, .finWait1, .finWait2,
            .finWait2Record, .closing, .closeWait, .lastAck:
            []
        }
    }
}
