// SPDX-License-Identifier: Apache-2.0

package import RunModel
import TextForms

/// The last lines of a run on the standard error: every target is counted, and named if not ok.
///
///     5120 hosts: 5110 ok, 4 failed, 6 not reached in 22.1 s
///       exit 3 (4): node[7,9,30-31]
///       not reached: connection refused (6): node[101-106]
package struct SummaryText: Reporter {
    private let names: TargetNames

    package init(names: TargetNames) { self.names = names }

    package mutating func receive(_ event: RunEvent, into page: inout Page) {
        switch event.kind {
        case .finished(let summary): page.standardError.append(contentsOf: text(of: summary).utf8)
        case .began, .connecting, .waiting, .running, .output, .notice, .closing, .ended,
            .interrupted:
            break
        }
    }

    /// The summary, each line with its line feed.
    package func text(of summary: RunSummary) -> String {
        var text = "lastcall: \(counts(of: summary)) in \(DurationText.short(summary.duration))"
        if let signal = summary.stoppedBy {
            text += ", stopped by \(SignalName.described(Int(signal)))"
        }
        text += "\n"
        for (reason, hosts) in reasons(of: summary) {
            text += "  \(reason) (\(hosts.count)): \(names.folded(hosts))\n"
        }
        return text
    }

    private func counts(of summary: RunSummary) -> String {
        let totals = summary.totals
        let parts = RunSummary.Class.allCases.compactMap { summaryClass in
            totals[summaryClass].map { "\($0) \(OutcomeText.words(summaryClass))" }
        }
        let hosts = OutcomeText.hosts(summary.outcomes.count)
        return parts.isEmpty ? hosts : "\(hosts): \(parts.joined(separator: ", "))"
    }

    /// The hosts that are not ok by what they have in common: classes in their order, the larger
    /// group first.
    private func reasons(of summary: RunSummary) -> [(reason: String, hosts: [Int])] {
        var groups: [RunSummary.Class: [String: [Int]]] = [:]
        for (host, outcome) in summary.outcomes.enumerated() where outcome != .exited(0) {
            let reason = OutcomeText.brief(outcome)
            groups[outcome.summaryClass, default: [:]][reason, default: []].append(host)
        }
        return RunSummary.Class.allCases.flatMap { summaryClass in
            (groups[summaryClass] ?? [:]).map { (reason: $0.key, hosts: $0.value) }
                .sorted { ($1.hosts.count, $0.hosts[0]) < ($0.hosts.count, $1.hosts[0]) }
        }
    }
}
