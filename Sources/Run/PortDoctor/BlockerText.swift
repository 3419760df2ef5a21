// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TextForms

/// What is in the way, in one clause: who, doing what, with whom, for how long.
struct BlockerText {
    let blocker: BindDiagnosis.Blocker
    let settings: PortSettings

    private var sighting: PortSighting { blocker.sighting }
    private var socket: SocketSnapshot { sighting.socket }
    private var state: PortHolderState { sighting.holder.state }

    /// The clause, without a full stop; short enough for a line in most cases.
    var clause: String { fact + overlap }

    private var fact: String {
        switch state {
        case .listening: return "\(who) listens on \(local)"
        case .bound: return "\(who) has bound \(local), and does not listen"
        case .deadDescriptor:
            return "\(who) holds a dead connection's socket on \(local)"
        case .timeWait:
            guard isLacking, let longest = blocker.longestStay else {
                return "\(named("TIME-WAIT")), \(left), no owner"
            }
            return "TIME-WAIT for at most \(DurationText.short(longest)); the old socket had no "
                + "SO_REUSEADDR"
        case .finWait2Record:
            guard let other = blocker.counterpart else {
                return "\(named("FIN-WAIT-2")), which has not closed its end; \(left)"
            }
            return "\(named("FIN-WAIT-2")): \(Self.who(other)) here has not closed its end"
        case .finWait2:
            guard let other = blocker.counterpart else { return live }
            return "\(named("FIN-WAIT-2")): \(Self.who(other)) here has not closed its end"
        case .handshake: return "a connection from \(remote) is being opened"
        case .synSent, .synReceived, .established, .finWait1, .closing, .closeWait, .lastAck:
            return live
        }
    }

    /// `TIME-WAIT from 10.0.0.9:5311`, or of how many.
    private func named(_ state: String) -> String {
        if blocker.isSelfConnection { return "\(state) of a connection of \(local) with itself" }
        guard sighting.count > 1 else { return "\(state) from \(remote)" }
        return "\(NumberText.grouped(sighting.count)) in \(state), the last one from \(remote)"
    }

    private var live: String {
        if blocker.isSelfConnection { return "\(who) is connected to itself on \(local)" }
        let name = "\(state.tcpState)"
        let isMany = sighting.count > 1
        switch sighting.ownership {
        case .nobody:
            return isMany
                ? "\(NumberText.grouped(sighting.count)) connections are still closing, \(name)"
                : "a connection with \(remote) is still closing, \(name), no owner"
        case .notAccepted: return "a connection from \(remote) waits to be accepted, \(name)"
        case .owned, .hidden, .unknown:
            if isMany {
                return "\(NumberText.grouped(sighting.count)) connections, \(name), one of \(who)"
            }
            guard Remedy.isThief(blocker, settings) else {
                return "\(who) has a connection with \(remote), \(name)"
            }
            var caller = who
            if case .hidden(let owner) = sighting.ownership {
                caller = "user \(SafeText.line(owner.user))"
            }
            return "an outgoing connection of \(caller) to \(remote) took the port"
        }
    }

    private var overlap: String {
        switch blocker.obstacle.overlap {
        case .same, .requestIsWildcard, .holderIsWildcard: ""
        case .requestTakesIPv4: ", and [::] takes IPv4 too"
        case .holderTakesIPv4: ", which takes IPv4 too"
        case .ipv6ConnectionBlocksIPv4: ", over IPv6, which blocks 0.0.0.0"
        }
    }

    /// Whether the new socket has `SO_REUSEADDR`, and the old one alone is in the way without it.
    private var isLacking: Bool {
        let lacks = blocker.obstacle.lacks
        return lacks.contains(.holderWithoutReuseAddress)
            && !lacks.contains(.requestWithoutReuseAddress) && !lacks.contains(.holderListens)
    }

    private var left: String {
        guard let timer = socket.timer, let longest = blocker.longestStay else {
            return "for an unknown time"
        }
        let left = DurationText.short(.milliseconds(timer.milliseconds))
        return "\(left) left, at most \(DurationText.short(longest))"
    }

    private var who: String { Self.who(sighting) }
    private var local: String {
        "\(Destination(address: socket.localAddress, port: socket.localPort))"
    }
    private var remote: String {
        "\(Destination(address: socket.remoteAddress.unmapped, port: socket.remotePort))"
    }

    /// `nginx (pid 812, nginx.service)`, or what is known instead.
    static func who(_ sighting: PortSighting) -> String {
        switch sighting.ownership {
        case .owned(let owners): return owners.first?.short ?? "somebody"
        case .hidden(let owner):
            let unit = owner.unit.map { " (\(SafeText.line($0)))" } ?? ""
            return "a process of user \(SafeText.line(owner.user))\(unit)"
        case .nobody: return "nobody"
        case .notAccepted: return "a program that has not accepted it"
        case .unknown: return "somebody"
        }
    }

    /// More about it: sentences for below the first line.
    var details: [String] {
        var details: [String] = []
        let holder = blocker.counterpart ?? sighting
        switch holder.ownership {
        case .owned(let owners):
            details += owners.prefix(3).map { "\($0.long)." }
            if owners.count > 3 { details.append("\(owners.count - 3) more descriptors have it.") }
        case .hidden(let owner):
            details.append("The owner is not visible: \(SafeText.line(owner.reason)).")
        case .nobody, .notAccepted, .unknown: break
        }
        if let explanation { details.append(explanation) }
        if isLacking, state != .timeWait {
            details.append("The new socket has SO_REUSEADDR, the old one has not.")
        }
        return details
    }

    private var explanation: String? {
        if blocker.isSelfConnection {
            return
                "A program that calls a port on which nobody listens may be given that very port "
                + "by the kernel, and is then connected to itself."
        }
        switch state {
        case .listening, .established, .synSent, .synReceived, .handshake, .finWait2: return nil
        case .bound: return "ss, lsof -i, netstat and fuser do not show such a socket."
        case .deadDescriptor:
            return "The connection is over, but bind() had named its port, and that stays bound "
                + "until the descriptor is closed; ss, lsof -i and netstat do not show it."
        case .timeWait:
            return isLacking
                ? "\(named("TIME-WAIT")), \(left), no owner. This end had closed first."
                : "This end had closed first."
        case .finWait2Record:
            let stay = blocker.longestStay.map(DurationText.short) ?? "a while"
            return
                "This end has closed, the other one has not. The kernel gives it up in \(stay) at "
                + "most; TIME-WAIT follows if the other end closes before."
        case .closeWait: return "The other end has closed, and the program has not."
        case .finWait1, .closing, .lastAck:
            return
                "The other end does not answer; the kernel gives up after some 107 s (340 s when "
                + "it has closed its window)."
        }
    }
}
