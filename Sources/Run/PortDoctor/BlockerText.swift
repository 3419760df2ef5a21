// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TextForms

/// What is in the way, in one clause: who, doing what, with whom, for how long.
struct BlockerText {
    let blocker: BindDiagnosis.Blocker
    let settings: PortSettings

    private var socket: SocketSnapshot { blocker.sighting.socket }
    private var state: PortHolderState { blocker.sighting.holder.state }

    /// The clause, without a full stop.
    var clause: String { fact + overlap }

    private var fact: String {
        let owner = Self.owner(of: blocker.sighting)
        switch state {
        case .listening: return "\(owner ?? "somebody") listens on \(local)"
        case .bound, .deadDescriptor:
            return "\(owner ?? "somebody") has bound \(local) and does not listen"
        case .timeWait: return "\(connection) is in TIME-WAIT, \(left), nobody's"
        case .finWait2Record:
            return "\(connection) waits in FIN-WAIT-2 for the other end\(counterpart), \(left)"
        case .handshake: return "\(connection) is being opened at a listener"
        case .synSent, .synReceived, .established, .finWait1, .finWait2, .closing, .closeWait,
            .lastAck:
            return live(owner)
        }
    }

    private func live(_ owner: String?) -> String {
        let name = "\(state.tcpState)"
        if blocker.isSelfConnection {
            return
                "\(owner ?? "somebody") is connected to itself on \(local): it called a port that "
                + "nobody listened on, and was given that port"
        }
        if let owner {
            return Remedy.isThief(blocker, settings)
                ? "an outgoing connection of \(owner) to \(remote) has this port, \(name)"
                : "\(owner) has a connection with \(remote), \(name)"
        }
        switch blocker.sighting.ownership {
        case .nobody: return "\(connection) is still closing, \(name), nobody's"
        case .notAccepted: return "\(connection) waits to be accepted, \(name)"
        case .hidden(let why): return "\(connection) is \(name) (whose: \(why))"
        case .owned: return "\(connection) is \(name)"
        }
    }

    private var counterpart: String {
        guard let other = blocker.counterpart, let owner = Self.owner(of: other) else { return "" }
        return ": \(owner) on this machine"
    }

    private var overlap: String {
        switch blocker.obstacle.overlap {
        case .same, .requestIsWildcard, .holderIsWildcard: ""
        case .requestTakesIPv4: "; [::] without IPV6_V6ONLY takes IPv4 too"
        case .holderTakesIPv4: "; it is an IPv6 socket without IPV6_V6ONLY, which takes IPv4 too"
        case .ipv6ConnectionBlocksIPv4:
            "; an IPv6 connection without IPV6_V6ONLY blocks 0.0.0.0"
        }
    }

    private var left: String {
        guard let timer = socket.timer, let longest = blocker.longestStay else {
            return "for an unknown time"
        }
        let left = DurationText.short(.milliseconds(timer.milliseconds))
        return "\(left) left, \(DurationText.short(longest)) at most"
    }

    private var connection: String { "a connection with \(remote)" }
    private var local: String {
        "\(Destination(address: socket.localAddress, port: socket.localPort))"
    }
    private var remote: String {
        "\(Destination(address: socket.remoteAddress, port: socket.remotePort))"
    }

    /// `nginx (pid 812, descriptor 6, user www-data, nginx.service)`; `nil` where nobody is known.
    static func owner(of sighting: PortSighting) -> String? {
        guard case .owned(let owners) = sighting.ownership, let first = owners.first else {
            return nil
        }
        var facts = ["pid \(first.pid)", "descriptor \(first.descriptor)", "user \(first.user)"]
        if let unit = first.unit { facts.append(unit) }
        if owners.count > 1 { facts.append("and \(owners.count - 1) more") }
        let safe = facts.map(SafeText.line).joined(separator: ", ")
        return "\(SafeText.line(first.name)) (\(safe))"
    }
}
