// SPDX-License-Identifier: Apache-2.0

import Console
import HostSets
import RunReports
import Spool
import SystemPackage

/// Which report a plan asks for.
enum ReportChoice {
    static func report(for plan: RunPlan) -> any Reporter {
        let labels = plan.hosts.map(\.description)
        let hosts = Dictionary(zip(labels, plan.hosts)) { first, _ in first }
        let names = TargetNames(labels: labels) { chosen in
            HostPatternFolding.fold(chosen.compactMap { hosts[$0] })
        }
        let terminal = TerminalStreams(
            standardOutput: StandardDescriptors.isTerminal(.standardOutput),
            standardError: StandardDescriptors.isTerminal(.standardError))
        let spool = Spool(directory: Wiring.temporaryDirectory)
        var parts: [any Reporter] = []
        if plan.output.json {
            parts.append(JSONLinesReport(names: names))
        } else if plan.output.gather {
            parts.append(FoldedReport(names: names, terminal: terminal, spool: spool))
        } else {
            parts.append(
                LineReport(
                    names: names, prefix: plan.output.noPrefix ? .none : .label, terminal: terminal,
                    spool: spool))
        }
        parts.append(HostMessages(names: names))
        parts.append(InterruptionText(names: names))
        parts.append(SummaryText(names: names))
        let report = ReportList(parts)
        guard plan.output.progress ?? (terminal.standardError && !plan.output.json) else {
            return report
        }
        return TerminalReport(
            report, outputIsTerminal: terminal.standardOutput,
            width: StandardDescriptors.terminalWidth(.standardError) ?? 80)
    }
}
