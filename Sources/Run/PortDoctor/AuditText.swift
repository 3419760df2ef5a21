// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TextForms

/// An audit for a person: findings of one kind and severity in one block, with one explanation.
package struct AuditText {
    private let report: AuditReport
    private let width: Int
    /// How many sockets of one finding have a line.
    private static let mostRows = 6

    /// - Parameters:
    ///   - report: what is told.
    ///   - width: columns of the terminal, at least 40.
    package init(_ report: AuditReport, width: Int = 80) {
        self.report = report
        self.width = max(40, width)
    }

    /// The whole text, with a newline at the end.
    package var text: String {
        var lines = paragraph(summary)
        var notes: [AuditChange.Note] = []
        var rest = report.findings[...]
        while let first = rest.first {
            let block = rest.prefix {
                $0.kind == first.kind && $0.severity == first.severity
                    && $0.isCertain == first.isCertain
            }
            rest = rest.dropFirst(block.count)
            lines += [""] + self.block(Array(block), &notes)
        }
        if !notes.isEmpty { lines.append("") }
        for (index, note) in notes.enumerated() {
            lines += paragraph(note.text, hang: 4, mark: "[\(index + 1)] ")
        }
        for remark in remarks { lines += [""] + paragraph(remark) }
        return lines.joined(separator: "\n") + "\n"
    }

    private var summary: String {
        let looked = Self.counted(report.listeners.count, "listener") + "."
        guard !report.findings.isEmpty else { return "Nothing found; " + looked }
        let counts = AuditFinding.Severity.allCases.reversed()
            .compactMap { severity in
                let count = report.count(severity)
                return count == 0 ? nil : "\(count) \(severity.rawValue)"
            }
        let findings = Self.counted(report.findings.count, "finding")
        return "\(findings): \(counts.joined(separator: ", ")). " + looked
    }

    private func block(
        _ findings: [AuditFinding], _ notes: inout [AuditChange.Note]
    ) -> [String] {
        let first = findings[0]
        var lines = paragraph(
            "\(first.kind.rawValue): " + AuditWords.title(of: first.kind),
            mark: first.severity.rawValue.uppercased() + "  ")
        let places = findings.flatMap { shown($0).map { place(of: $0.socket).count } }
        let column = min(places.max() ?? 0, width / 3)
        for finding in findings { lines += rows(of: finding, column: column) }
        let localhost = report.facts.localhost.first
        let words = AuditWords(
            facts: report.facts, kind: first.kind, isCertain: first.isCertain,
            count: findings.reduce(0) { $0 + $1.sockets.count },
            ports: Set(findings.map(\.port)),
            isLocalhost: first.places.contains { $0.destination.address == localhost })
        lines += paragraph("Proof: " + words.proof, indent: 2)
        let changes = words.changes.map { change in
            guard let note = change.note else { return change.text }
            if !notes.contains(note) { notes.append(note) }
            return change.text + " [\((notes.firstIndex(of: note) ?? 0) + 1)]"
        }
        if changes.count == 1 { return lines + paragraph("Change: " + changes[0], indent: 2) }
        lines.append("  Change, one of:")
        return lines + changes.flatMap { paragraph($0, indent: 4, mark: "- ") }
    }

    /// The sockets that have a line, and how many are like each: those that share an address.
    private func shown(_ finding: AuditFinding) -> [(socket: AuditedSocket, count: Int)] {
        var shown: [(socket: AuditedSocket, count: Int)] = []
        for socket in finding.sockets + finding.others {
            let index = shown.firstIndex {
                $0.socket.place == socket.place
                    && $0.socket.socket.userID == socket.socket.userID
            }
            if let index { shown[index].count += 1 } else { shown.append((socket, 1)) }
        }
        return shown
    }

    private func rows(of finding: AuditFinding, column: Int) -> [String] {
        var lines: [String] = []
        for (socket, count) in shown(finding).prefix(Self.mostRows) {
            let place = place(of: socket)
            let filler = String(repeating: " ", count: max(0, column - place.count))
            let text = whose(socket) + (count > 1 ? ", \(count) sockets" : "")
            lines += paragraph(text, indent: 2, hang: 6, mark: place + filler + "  ")
        }
        let more = shown(finding).count - Self.mostRows
        if more > 0 { lines.append("    and \(more) more") }
        switch finding.kind {
        case .otherFamily, .otherAddresses:
            lines += paragraph("free: " + free(finding.places), indent: 4, hang: 6)
        case .answeredByOther, .notListening, .sameUser, .restartWindow, .whileDown: break
        }
        if finding.kind == .otherFamily,
            let hint = finding.sockets.compactMap(\.bothFamiliesHint).first
        {
            lines += paragraph(hint, indent: 4, hang: 6)
        }
        for trial in finding.trials { lines += paragraph(tried(trial), indent: 4, hang: 6) }
        return lines
    }

    private func place(of socket: AuditedSocket) -> String {
        let isOnly =
            socket.address.isIPv6 && socket.address.isWildcard
            && socket.socket.isIPv6Only == true
        return "\(socket.place)" + (isOnly ? " (IPv6 only)" : "")
    }

    private func free(_ places: [AuditFinding.Place]) -> String {
        var texts = places.prefix(4)
            .map { place in
                "\(place.destination)"
                    + (place.interface == 0 ? "" : " on interface \(place.interface)")
                    + (place.dependsOn.isEmpty ? "" : " (perhaps)")
            }
        if places.count > 4 { texts.append("and \(places.count - 4) more") }
        return texts.joined(separator: ", ")
    }

    private func tried(_ trial: AuditFinding.Trial) -> String {
        let place = Destination(address: trial.request.address, port: trial.request.port)
        let answer =
            switch trial.answer {
            case .succeeded: "succeeded"
            case .addressInUse: "Address already in use"
            case .refused(let message): message
            }
        return "tried: bind() to \(place) as uid \(trial.request.userID): \(answer)"
    }

    /// Whose it is, as far as that is visible.
    private func whose(_ socket: AuditedSocket) -> String {
        let user = SafeText.line(report.facts.userName(socket.socket.userID))
        let group = socket.owners.first?.process.controlGroup ?? socket.controlGroup
        let unit = (group?.systemdUnit ?? group?.container).map { ", " + SafeText.line($0) } ?? ""
        guard let owner = socket.owners.first else {
            return "user \(user)\(unit)\(Self.whyHidden(socket))"
        }
        let others = Set(socket.owners.map(\.process.number)).count - 1
        let more = others > 0 ? " and \(others) more" : ""
        let name = SafeText.line(owner.process.name)
        return "\(name) (pid \(owner.process.number)\(more)), user \(user)\(unit)"
    }

    /// Why its process is not visible, the likeliest reason; others' processes are told of at the end.
    private static func whyHidden(_ socket: AuditedSocket) -> String {
        guard case .notVisible(let reasons) = socket.ownership, let reason = reasons.first else {
            return ""
        }
        let perhaps = reasons.count > 1 ? "perhaps " : ""
        switch reason {
        case .otherUser: return ""
        case .otherPIDNamespace: return ", process not visible: \(perhaps)in another pid namespace"
        case .inFlight:
            return ", process not visible: \(perhaps)its descriptor is on its way to one"
        case .kernel: return ", \(perhaps)the kernel's own"
        case .orphan, .notAccepted, .closedMeanwhile: return ", \(perhaps)closed meanwhile"
        }
    }

    private var remarks: [String] {
        var remarks: [String] = []
        if !report.unread.isEmpty {
            let ports = Set(report.unread.map(\.port)).sorted().map { "\($0)" }
            let list = ports.prefix(8).joined(separator: ", ") + (ports.count > 8 ? ", ..." : "")
            remarks.append(
                "Not known of \(Self.counted(report.unread.count, "socket")) (port \(list)): "
                    + "SO_REUSEADDR and SO_REUSEPORT, which the kernel tells nobody. "
                    + (report.facts.isRoot
                        ? "Their owners cannot be asked either."
                        : "As root it reads them from the owners' descriptors, and names the "
                            + "owners."))
        }
        if !report.facts.showsBoundSockets {
            remarks.append(
                "This kernel does not show sockets that are bound and do not listen (6.8 and later "
                    + "do): not-listening cannot be found.")
        }
        if report.unseen > 0 {
            remarks.append(
                "Left out: \(Self.counted(report.unseen, "socket")) of which it cannot be seen whose "
                    + "process has it." + (report.facts.isRoot ? "" : " As root it can."))
        }
        if !report.reserved.isEmpty {
            let count = report.reserved.count
            remarks.append(
                "\(Self.counted(count, "listener")) \(count == 1 ? "is" : "are") on ports below "
                    + "\(report.facts.firstUnprivilegedPort), where only root may bind.")
        }
        if report.wasTried {
            remarks.append(
                """
                Tried with sockets that never listened. Each had its address for microseconds, in \
                which a service that starts there would have failed. What needs a service to end \
                was not tried.
                """)
        }
        if !report.ignored.isEmpty {
            remarks.append("\(Self.counted(report.ignored.count, "finding")) passed over as told.")
        }
        for entry in report.idle {
            remarks.append("Line \(entry.line) of the ignore list fits no finding.")
        }
        return remarks
    }

    /// Prose behind an indent and a mark; its further lines are indented by `hang`, or as the first.
    private func paragraph(
        _ text: String, indent: Int = 0, hang: Int? = nil, mark: String = ""
    ) -> [String] {
        let first = String(repeating: " ", count: indent) + mark
        let rest = String(repeating: " ", count: hang ?? first.count)
        // The first line has less room than the others: a word of its length keeps it.
        let filler = String(repeating: "x", count: max(1, first.count - rest.count))
        let isLonger = first.count > rest.count
        let lines = Paragraph.lines(
            isLonger ? filler + text : text, width: width - rest.count)
        return lines.enumerated()
            .map { index, line in
                index == 0
                    ? first + (isLonger ? line.dropFirst(filler.count)[...] : line[...])
                    : rest + line
            }
    }

    private static func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)" + (count == 1 ? "" : "s")
    }
}
