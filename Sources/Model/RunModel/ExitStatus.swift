// SPDX-License-Identifier: Apache-2.0

/// What `lastcall run` exits with: the one table.
///
/// | code | when (the first that applies, from the top) |
/// |---|---|
/// | 128 + n | the run was stopped by signal n (130 `^C`, 143 SIGTERM, 129 SIGHUP) |
/// | 2 | the request was wrong; nothing was contacted |
/// | 5 | output or a report could not be written in full |
/// | 4 | at least one host timed out |
/// | 3 | at least one host was not reached, or gave no exit status |
/// | 1 | at least one host's command failed or died of a signal |
/// | 0 | every host's command ended with 0 |
package enum ExitStatus {
    /// The request was wrong; nothing was contacted.
    package static let usage: Int32 = 2

    /// How the exit status of a finished run is chosen.
    package enum Choice: String, Hashable, Sendable, CaseIterable {
        /// By the classes of the table.
        case classes = "class"
        /// The largest remote exit code; a signal n counts as 128 + n, and a host that gave no exit
        /// status (not reached, timed out, cancelled, not started) as 255.
        case max
    }

    /// The exit status of a run.
    ///
    /// - Parameters:
    ///   - summary: how the hosts ended.
    ///   - outputLost: whether output or a report could not be written in full.
    ///   - choice: the rule.
    /// - Returns: a status of the table, or with `max` any from 0 to 255.
    package static func of(
        _ summary: RunSummary, outputLost: Bool, choice: Choice = .classes
    ) -> Int32 {
        switch choice {
        case .classes: classes(summary, outputLost: outputLost)
        case .max: largest(summary, outputLost: outputLost)
        }
    }

    private static func classes(_ summary: RunSummary, outputLost: Bool) -> Int32 {
        if let signal = summary.stoppedBy { return 128 + signal }
        if outputLost { return 5 }
        let totals = summary.totals
        if totals[.timedOut] != nil { return 4 }
        if totals[.notReached] != nil || totals[.noStatus] != nil { return 3 }
        // Without a stop no host is cancelled or left out; with one the first line applied.
        if totals[.cancelled] != nil || totals[.notStarted] != nil { return 3 }
        if totals[.failed] != nil || totals[.signalled] != nil { return 1 }
        return 0
    }

    private static func largest(_ summary: RunSummary, outputLost: Bool) -> Int32 {
        var largest: Int32 = outputLost ? 5 : 0
        for outcome in summary.outcomes {
            let code: Int32 =
                switch outcome {
                case .exited(let code): Int32(clamping: code)
                case .signalled(let signal): 128 + Int32(clamping: signal)
                case .noStatus, .notReached, .timedOut, .cancelled, .notStarted: 255
                }
            largest = Swift.max(largest, code)
        }
        return largest
    }
}
