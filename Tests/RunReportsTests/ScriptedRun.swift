// SPDX-License-Identifier: Apache-2.0

import RunModel
import RunReports
import Spool

/// What a reporter wrote for a list of events.
struct Written: Hashable {
    var standardOutput: [UInt8] = []
    var standardError: [UInt8] = []
    /// Both streams as one terminal shows them.
    var both: [UInt8] = []
    var outputLost = false
    /// The most one page held.
    var largestPage = 0

    var output: String { String(decoding: standardOutput, as: UTF8.self) }
    var error: String { String(decoding: standardError, as: UTF8.self) }

    subscript(stream: OutputStream) -> [UInt8] {
        switch stream {
        case .standardOutput: standardOutput
        case .standardError: standardError
        }
    }
}

/// Drives a reporter the way the run does: each event, then what it owes.
func written(by reporter: any Reporter, _ events: [RunEvent]) -> Written {
    var reporter = reporter
    var all = Written()
    var page = Page()
    func turn() {
        all.standardOutput += page.standardOutput
        all.standardError += page.standardError
        all.both += page.standardOutput + page.standardError
        all.outputLost = all.outputLost || page.outputLost
        all.largestPage = max(
            all.largestPage, page.standardOutput.count + page.standardError.count)
        page.removeBytes()
    }
    for event in events {
        reporter.receive(event, into: &page)
        turn()
        while reporter.drain(into: &page) { turn() }
    }
    return all
}

/// Names `node0`, `node1`, … whose pattern is the names joined by commas.
func names(_ count: Int) -> TargetNames {
    TargetNames(labels: (0..<count).map { "node\($0)" }) { $0.joined(separator: ",") }
}

/// A spool in memory.
func roomySpool() -> Spool { Spool(directory: "/tmp") }

/// Both streams of this process on a terminal.
let onTerminal = TerminalStreams(standardOutput: true, standardError: true)

extension RunEvent {
    static func out(_ host: Int, _ text: String, at seconds: Double = 0) -> RunEvent {
        RunEvent(
            at: .seconds(seconds),
            .output(host: host, stream: .standardOutput, bytes: Array(text.utf8)))
    }

    static func err(_ host: Int, _ text: String, at seconds: Double = 0) -> RunEvent {
        RunEvent(
            at: .seconds(seconds),
            .output(host: host, stream: .standardError, bytes: Array(text.utf8)))
    }

    static func bytes(
        _ host: Int, _ bytes: [UInt8], _ stream: OutputStream = .standardOutput
    ) -> RunEvent {
        RunEvent(at: .zero, .output(host: host, stream: stream, bytes: bytes))
    }

    static func ended(
        _ host: Int, _ outcome: HostOutcome = .exited(0), at seconds: Double = 0
    ) -> RunEvent {
        RunEvent(at: .seconds(seconds), .ended(host: host, outcome: outcome, closing: nil))
    }

    static func finished(
        _ outcomes: [HostOutcome], after seconds: Double = 1, stoppedBy signal: Int32? = nil
    ) -> RunEvent {
        RunEvent(
            at: .seconds(seconds),
            .finished(
                RunSummary(outcomes: outcomes, stoppedBy: signal, duration: .seconds(seconds))))
    }

    static func happened(_ kind: Kind, at seconds: Double = 0) -> RunEvent {
        RunEvent(at: .seconds(seconds), kind)
    }
}
