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
        _ recorded: RecordedRun, onlyOutputOf host: HostRecord?
    ) async throws(JournalError) -> Bool {
        var replay = try Replay(recorded.run, of: host, in: recorded.journal)
        while let step = try replay.next() {
            switch step {
            case .timePassed(let time):
                if host == nil { report.timePassed(to: time, into: &page) }
            case .event(var event):
                if host != nil {
                    guard case .output(_, let stream, let bytes) = event.kind else { continue }
                    // The report knows this host alone.
                    event.kind = .output(host: 0, stream: stream, bytes: bytes)
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
