// SPDX-License-Identifier: Apache-2.0

import Console
import RunJournal
import RunModel
import RunReports
import SystemPackage

/// Tells a report the events of a recorded run, and writes what it makes of them.
struct ReplayedReport {
    private var report: any Reporter
    private let writer: OutputWriter
    private var page = Page()
    private var isWhole = true

    init(_ report: any Reporter, writer: OutputWriter) {
        self.report = report
        self.writer = writer
    }

    /// Plays a run to its end, or only the output of one host; says whether all could be written.
    mutating func play(
        _ recorded: RecordedRun, onlyOutputOf target: Int?
    ) async throws(JournalError) -> Bool {
        var replay = try Replay(recorded.run, in: recorded.journal)
        while let step = try replay.next() {
            switch step {
            case .timePassed(let time):
                if target == nil { report.timePassed(to: time, into: &page) }
            case .event(let event):
                if let target {
                    guard case .output(target, _, _) = event.kind else { continue }
                }
                report.receive(event, into: &page)
            }
            await write()
            while report.drain(into: &page) { await write() }
        }
        await writer.drain()
        return isWhole && writer.loss(of: .standardOutput) == nil
    }

    private mutating func write() async {
        if page.outputLost { isWhole = false }
        guard !page.isEmpty else { return }
        writer.write(page.standardOutput, to: .standardOutput)
        writer.write(page.standardError, to: .standardError)
        page.removeBytes()
        await writer.ready()
    }
}
