// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TextForms

/// A diagnosis of connect(2) for a person; its first line is the answer.
package struct ConnectText {
    private let diagnosis: ConnectDiagnosis
    private let width: Int
    private let remarks: [String]

    package init(_ diagnosis: ConnectDiagnosis, width: Int = 80, remarks: [String] = []) {
        self.diagnosis = diagnosis
        self.width = max(40, width)
        self.remarks = remarks
    }

    /// The whole text, with a newline at the end.
    package var text: String {
        if diagnosis.verdict == .bindFails, let bind = diagnosis.bind {
            return DiagnosisText(
                bind, settings: diagnosis.settings, width: width, remarks: remarks
            )
            .text
        }
        var parts = [Paragraph.lines(answer, width: width)]
        if !advice.isEmpty {
            parts.append(
                ["What helps, the safest first:"]
                    + advice.flatMap { text in
                        Paragraph.lines(text, width: width - 4).enumerated()
                            .map { ($0.offset == 0 ? "  - " : "    ") + $0.element }
                    })
        }
        parts += remarks.map { Paragraph.lines($0, width: width) }
        return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var what: String {
        switch diagnosis.source {
        case .automatic: "connect() to \(diagnosis.destination)"
        case .port(let port): "connect() from port \(port) to \(diagnosis.destination)"
        }
    }

    private static let notAvailable = "fails with EADDRNOTAVAIL (Cannot assign requested address)"

    private var answer: String {
        switch diagnosis.verdict {
        case .works(let free?):
            let ports = NumberText.grouped(free)
            return "Yes: \(what) finds a local port: \(ports) \(free == 1 ? "is" : "are") left"
                + rateText + "."
        case .works(nil): return "Yes: \(what) works now."
        case .displaces:
            return "Yes: \(what) works now. It takes the place of the old connection, which is in "
                + "\(diagnosis.blocker.map { "\($0.holder.state.tcpState)" } ?? "TIME-WAIT")."
        case .bindFails: return "No."
        case .sameConnection:
            let state = diagnosis.blocker.map { "\($0.holder.state.tcpState)" } ?? "there"
            let owner = diagnosis.blocker.flatMap(BlockerText.owner).map { ", \($0)" } ?? ""
            return "No: \(what) \(Self.notAvailable): the same connection is \(state)\(owner)."
        case .uncertain:
            return
                "Perhaps: \(what) works only if the old connection, which is in TIME-WAIT, had TCP "
                + "timestamps (the default of both ends)\(waitText)."
        case .exhausted:
            let count = diagnosis.traffic?.count ?? .init()
            return "No: \(what) \(Self.notAvailable): all local ports towards there are in use, "
                + "\(NumberText.grouped(count.timeWait)) in TIME-WAIT and "
                + "\(NumberText.grouped(count.total - count.timeWait)) otherwise\(waitText)."
        case .noSourceAddress:
            return "No: \(what) fails: this machine has no address to call there from."
        }
    }

    private var rateText: String {
        guard let exhausted = diagnosis.traffic?.exhaustedIn else { return "" }
        return ", and at the rate of the last 10 s none in \(DurationText.short(exhausted))"
    }

    private var waitText: String {
        guard let end = diagnosis.firstEnd else { return "" }
        let latest = end + (TimeWait.longest - TimeWait.length)
        return "; the first one ends in \(DurationText.short(latest)) at most"
    }

    private var advice: [String] {
        switch diagnosis.verdict {
        case .exhausted:
            return [
                "Let the remote end close first, or keep connections open and use them again: then "
                    + "no port rests here.",
                "Widen net.ipv4.ip_local_port_range.",
                "Set net.ipv4.tcp_tw_reuse=1: outgoing connections then take over a TIME-WAIT older "
                    + "than 1 s, where both ends have timestamps.",
                "Call from a second local address: each has all ports to itself (bind() it with "
                    + "IP_BIND_ADDRESS_NO_PORT, or the port is chosen before the destination is "
                    + "known).",
            ]
        case .sameConnection:
            return ["Take another source port, or let the kernel choose."]
        case .uncertain:
            return [
                "Take another source port, or wait.",
                "Keep net.ipv4.tcp_timestamps=1 on both ends.",
            ]
        case .works, .displaces, .bindFails, .noSourceAddress: return []
        }
    }
}
