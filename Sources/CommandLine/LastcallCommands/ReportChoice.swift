// SPDX-License-Identifier: Apache-2.0

import Console
import HostSets
import RunReports
import Spool
import SystemPackage

/// Which report a plan asks for.
enum ReportChoice {
    static func report(for plan: RunPlan) -> any Reporter {
        report(of: plan.hosts, as: plan.output)
    }

    /// The report of some targets.
    static func report(of targets: [Host], as output: OutputOptions) -> any Reporter {
        let labels = targets.map(\.description)
        let hosts = Dictionary(zip(labels, targets)) { first, _ in first }
        let names = TargetNames(labels: labels) { chosen in
            HostPatternFolding.fold(chosen.compactMap { hosts[$0] })
        }
        let terminal = TerminalStreams(
            standardOutput: StandardDescriptors.isTerminal(.standardOutput),
            standardError: StandardDescriptors.isTerminal(.standardError))
        let spool = Spool(directory: Wiring.temporaryDirectory)
        var parts: [any Reporter] = []
        if output.json {
            parts.append(JSONLinesReport(names: names))
        } else if output.gather {
            parts.append(FoldedReport(names: names, terminal: terminal, spool: spool))
        } else {
            parts.append(
                LineReport(
                    names: names, prefix: output.noPrefix ? .none : .label, terminal: terminal,
                    spool: spool))
        }
        parts.append(HostMessages(names: names))
        parts.append(InterruptionText(names: names))
        parts.append(SummaryText(names: names))
        let report = ReportList(parts)
        guard output.progress ?? (terminal.standardError && !output.json) else {
            return report
        }
        return TerminalReport(
            report, outputIsTerminal: terminal.standardOutput,
            width: StandardDescriptors.terminalWidth(.standardError) ?? 80)
    }
}
