// SPDX-License-Identifier: Apache-2.0

import RunJournal
import RunModel
import TextForms

/// Recorded runs as lines of a table.
enum HistoryText {
    /// One line per run: id, when, how long, targets, what became of them, the command.
    static func lines(of runs: [RunRecord]) -> String {
        runs.map { run in
            let duration = run.duration.map { DurationText.short(.seconds($0)) } ?? "-"
            let command = SafeText.line(run.command.joined(separator: " "))
            return """
                \(run.id)  \(run.began)  \(padded(duration, 7))  \(padded("\(run.targets)", 6))  \
                \(outcome(of: run))  \(run.transport): \(command)\n
                """
        }
        .joined()
    }

    /// `5 ok, 1 failed`; of a run that has not ended also what it had come to.
    static func outcome(of run: RunRecord) -> String {
        var parts = RunSummary.Class.allCases.compactMap { summaryClass in
            run.totals[summaryClass].map { "\($0) \(words(summaryClass))" }
        }
        switch run.life {
        case .finished: break
        case .going, .interrupted:
            if run.open > 0 { parts.append("\(run.open) started, end unknown") }
            if run.pending > 0 { parts.append("\(run.pending) pending") }
        }
        let text = parts.isEmpty ? "no hosts" : parts.joined(separator: ", ")
        switch run.life {
        case .finished: return text
        case .going: return "[running: \(text)]"
        case .interrupted: return "[interrupted: \(text)]"
        }
    }

    private static func words(_ summaryClass: RunSummary.Class) -> String {
        switch summaryClass {
        case .ok: "ok"
        case .failed: "failed"
        case .signalled: "signalled"
        case .noStatus: "without status"
        case .notReached: "not reached"
        case .timedOut: "timed out"
        case .cancelled: "stopped"
        case .notStarted: "not started"
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
