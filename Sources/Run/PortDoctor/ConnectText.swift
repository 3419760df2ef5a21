// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TextForms

/// A diagnosis of connect(2) for a person; its first line is the answer.
package struct ConnectText {
    private let diagnosis: ConnectDiagnosis
    private let call: CallText
    private let width: Int
    private let remarks: [String]

    package init(
        _ diagnosis: ConnectDiagnosis, call: CallText = .asked, width: Int = 80,
        remarks: [String] = []
    ) {
        self.diagnosis = diagnosis
        self.call = call
        self.width = max(40, width)
        self.remarks = remarks
    }

    /// The whole text, with a newline at the end.
    package var text: String {
        switch diagnosis.verdict {
        case .bindFails, .bindUncertain:
            if let bind = diagnosis.bind {
                let before = "\(what) needs that bind() first."
                return DiagnosisText(bind, width: width, remarks: [before] + remarks).text
            }
        case .works, .displaces, .sameConnection, .uncertain, .exhausted, .nobodyListens,
            .unreachable:
            break
        }
        var page = TextPage(width: width)
        page.add(answer)
        let more = (failure.map { [$0] } ?? []) + details
        page.add(more.flatMap { Paragraph.lines($0, width: self.width) })
        page.add("What helps, the safest first:", advice)
        page.add("What does not:", useless)
        for remark in remarks { page.add(remark) }
        if let certainty { page.add("How sure: \(certainty)") }
        return page.text
    }

    private var budget: PortBudget { diagnosis.budget }
    private var port: UInt16? {
        switch diagnosis.source {
        case .automatic: nil
        case .port(let port): port
        }
    }
    private var what: String { call.connect(to: diagnosis.destination, from: port) }

    private var answer: String {
        let destination = diagnosis.destination
        switch diagnosis.verdict {
        case .works:
            guard port == nil else { return call.answer("Yes", "\(what) works now.") }
            let free = NumberText.grouped(budget.freePorts)
            let verb = budget.freePorts == 1 ? "is" : "are"
            return call.answer(
                "Yes",
                "\(what) works: \(free) of \(NumberText.grouped(budget.allPorts)) local ports "
                    + "\(verb) left.")
        case .displaces:
            return call.answer("Yes", "\(what) works now, in place of the old one, \(state).")
        case .bindFails, .bindUncertain:
            return call.answer("No", "bind() to the source port fails.")
        case .sameConnection:
            return call.answer("No", "the same connection is there, \(state)\(owner).")
        case .uncertain:
            return call.answer(
                "Perhaps", "if the old connection had TCP timestamps; it is in \(state).")
        case .exhausted:
            return call.answer("No", "no local port is left towards \(destination): \(uses).")
        case .nobodyListens: return call.answer("No", "nobody listens on \(destination).")
        case .unreachable: return call.answer("No", "there is no route to \(destination.address).")
        }
    }

    private var state: String {
        guard let blocker = diagnosis.blocker else { return "TIME-WAIT" }
        let name = "\(blocker.holder.state.tcpState)"
        guard blocker.holder.state.isMiniSocket, let timer = blocker.socket.timer else {
            return name
        }
        let left = Duration.milliseconds(timer.milliseconds)
        let latest = left + (TimeWait.longest - TimeWait.length)
        return "\(name), \(DurationText.short(left)) left, at most \(DurationText.short(latest))"
    }

    private var owner: String {
        guard let blocker = diagnosis.blocker else { return "" }
        switch blocker.ownership {
        case .owned, .hidden: return ", of \(BlockerText.who(blocker))"
        case .nobody, .notAccepted, .unknown: return ""
        }
    }

    /// `28,000 in TIME-WAIT, 232 open`.
    private var uses: String {
        let uses = [
            (budget.timeWait, "in TIME-WAIT"), (budget.open, "open"), (budget.closing, "closing"),
            (budget.bound, "bound"),
        ]
        let shown = uses.filter { $0.0 > 0 }.map { "\(NumberText.grouped($0.0)) \($0.1)" }
        return shown.isEmpty ? "there are none" : shown.joined(separator: ", ")
    }

    private var failure: String? {
        switch diagnosis.verdict {
        case .works, .displaces, .bindFails, .bindUncertain: nil
        case .sameConnection, .exhausted:
            "\(what) \(call.fails) with \(ErrorText.addressNotAvailable)."
        case .uncertain: "Otherwise \(what) \(call.fails) with \(ErrorText.addressNotAvailable)."
        case .nobodyListens: "\(what) \(call.fails) with \(ErrorText.refused)."
        case .unreachable: "\(what) \(call.fails) with \(ErrorText.unreachable)."
        }
    }

    private var details: [String] {
        switch diagnosis.verdict {
        case .works where port == nil:
            var details: [String] = []
            if budget.freePorts < budget.allPorts { details.append("In use: \(uses).") }
            if let exhausted = budget.exhaustedIn {
                details.append(
                    "At the rate of the last 10 s none is left in "
                        + "\(DurationText.short(exhausted)).")
            }
            if budget.isSearchSlow {
                details.append(
                    "More than half are in use: the kernel searches long for a free one.")
            }
            return details
        case .exhausted:
            let range = diagnosis.settings.automaticPorts
            var details = [
                "The kernel chooses from \(range.lowerBound)-\(range.upperBound), and a port serves "
                    + "one connection to one destination at a time.",
                "For ever it bears \(NumberText.rate(budget.sustainableRate)) connections a second "
                    + "that this end closes first.",
            ]
            if let end = budget.firstEnd {
                details.append(
                    "The first TIME-WAIT ends in \(DurationText.short(end)) at the latest.")
            }
            return details
        case .works, .displaces, .bindFails, .bindUncertain, .sameConnection, .uncertain,
            .nobodyListens, .unreachable:
            return []
        }
    }

    private var advice: [String] {
        switch diagnosis.verdict {
        case .exhausted:
            [
                "Keep connections open and use them again, or let the remote end close first: then "
                    + "no port rests here.",
                "Call from a second local address: each has all ports to itself. Bind it with "
                    + "IP_BIND_ADDRESS_NO_PORT, or bind() chooses a port before the destination is "
                    + "known.",
                "Widen net.ipv4.ip_local_port_range. A daemon that starts later may find its port "
                    + "taken: name such ports in ip_local_reserved_ports.",
                "Set net.ipv4.tcp_tw_reuse=1: outgoing connections then take over a TIME-WAIT older "
                    + "than 1 s, where both ends have timestamps (RFC 6191).",
            ]
        case .sameConnection: ["Take another source port, or let the kernel choose."]
        case .uncertain:
            [
                "Take another source port, or wait.",
                "Keep net.ipv4.tcp_timestamps=1 on both ends: the default.",
            ]
        case .nobodyListens:
            ["Start the server, or see in its log whether it listens elsewhere: ss -ltn."]
        case .unreachable: ["Look at the routes: ip route get \(diagnosis.destination.address)."]
        case .works, .displaces, .bindFails, .bindUncertain: []
        }
    }

    private var useless: [String] {
        switch diagnosis.verdict {
        case .exhausted:
            [
                "tcp_fin_timeout, though it is recommended everywhere: TIME-WAIT is a constant 60 s.",
                "SO_REUSEADDR: it is about bind(), and the kernel chooses this port in connect().",
            ]
        case .sameConnection, .uncertain:
            ["SO_REUSEADDR: bind() works then, and connect() fails as before."]
        case .works, .displaces, .bindFails, .bindUncertain, .nobodyListens, .unreachable: []
        }
    }

    private var certainty: String? {
        switch diagnosis.verdict {
        case .works, .displaces:
            "as far as this machine decides it; nothing was sent, and whether somebody answers was "
                + "not asked."
        case .sameConnection, .exhausted, .nobodyListens, .unreachable:
            "certain, by the kernel's rule; all that decides is known."
        case .uncertain: "it hangs on what the kernel tells nobody."
        case .bindFails, .bindUncertain: nil
        }
    }
}
