// SPDX-License-Identifier: Apache-2.0

package import RunModel
import TextForms

/// One JSON object per line on the standard output for each event; `Docs/output.md` is its schema.
///
/// Output bytes are exact: a chunk is `text` where it is UTF-8, else `base64`, and the chunks of a
/// host's stream in their order are the stream. A UTF-8 sequence that two chunks share is kept
/// back, at most three bytes, for the second or for the host's end. Every target gets exactly one
/// line `ended`.
package struct JSONLinesReport: Reporter {
    private let names: TargetNames
    /// By host and stream, the beginning of a UTF-8 sequence.
    private var held: [[UInt8]]
    private var hasEnded: [Bool]

    package init(names: TargetNames) {
        self.names = names
        held = Array(repeating: [], count: 2 * names.count)
        hasEnded = Array(repeating: false, count: names.count)
    }

    package mutating func receive(_ event: RunEvent, into page: inout Page) {
        let time = event.time
        switch event.kind {
        case .began(let targets):
            var object = Self.object("began", at: time)
            object.member("targets", targets)
            page.standardOutput += object.line()
        case .connecting(let host):
            page.standardOutput += object("connecting", host, at: time).line()
        case .waiting(let host, let reason):
            var object = object("waiting", host, at: time)
            object.member("reason", reason)
            page.standardOutput += object.line()
        case .running(let host):
            page.standardOutput += object("running", host, at: time).line()
        case .output(let host, let stream, let bytes):
            append(bytes, of: host, stream, at: time, to: &page)
        case .notice(let host, let text):
            var object = object("notice", host, at: time)
            object.member("message", text)
            page.standardOutput += object.line()
        case .closing(let host):
            page.standardOutput += object("closing", host, at: time).line()
        case .ended(let host, let outcome, let closing):
            end(host, outcome, closing, at: time, to: &page)
        case .interrupted(let interruption):
            page.standardOutput += object(of: interruption, at: time).line()
        case .finished(let summary):
            for (host, outcome) in summary.outcomes.enumerated() where !hasEnded[host] {
                end(host, outcome, nil, at: time, to: &page)
            }
            page.standardOutput += Self.object(of: summary, at: time).line()
        }
    }

    private static func object(_ event: String, at time: Duration) -> JSONText {
        var object = JSONText()
        object.member("v", 1)
        object.member("time", number: DurationText.seconds(time))
        object.member("event", event)
        return object
    }

    private func object(_ event: String, _ host: Int, at time: Duration) -> JSONText {
        var object = Self.object(event, at: time)
        object.member("host", names[host])
        object.member("target", host)
        return object
    }

    private mutating func append(
        _ bytes: [UInt8], of host: Int, _ stream: OutputStream, at time: Duration,
        to page: inout Page
    ) {
        let place = 2 * host + Int(stream.rawValue)
        let joined = held[place].isEmpty ? bytes : held[place] + bytes
        let tail = UTF8Sequence.incompleteTail(of: joined[...])
        held[place] = Array(joined.suffix(tail))
        appendChunk(joined.dropLast(tail), of: host, stream, at: time, to: &page)
    }

    private func appendChunk(
        _ chunk: ArraySlice<UInt8>, of host: Int, _ stream: OutputStream, at time: Duration,
        to page: inout Page
    ) {
        guard !chunk.isEmpty else { return }
        var object = object("output", host, at: time)
        switch stream {
        case .standardOutput: object.member("stream", "stdout")
        case .standardError: object.member("stream", "stderr")
        }
        if UTF8Sequence.isValid(chunk) {
            object.member("text", text: chunk)
        } else {
            object.member("base64", text: Base64.encoded(chunk)[...])
        }
        page.standardOutput += object.line()
    }

    private mutating func end(
        _ host: Int, _ outcome: HostOutcome, _ closing: ClosingNote?, at time: Duration,
        to page: inout Page
    ) {
        hasEnded[host] = true
        for stream in OutputStream.allCases {
            let place = 2 * host + Int(stream.rawValue)
            appendChunk(held[place][...], of: host, stream, at: time, to: &page)
            held[place] = []
        }
        var object = object("ended", host, at: time)
        object.member("outcome", outcome.summaryClass.rawValue)
        switch outcome {
        case .exited(let code): object.member("code", code)
        case .signalled(let signal): object.member("signal", signal)
        case .noStatus(let failure), .notReached(let failure):
            var reason = JSONText()
            reason.member("kind", failure.kind.rawValue)
            reason.member("message", failure.message)
            object.member("failure", reason)
        case .timedOut(let phase), .cancelled(let phase): object.member("phase", phase.rawValue)
        case .notStarted: break
        }
        if let closing {
            var note = JSONText()
            note.member("closed_first", closing.closedFirst)
            note.member("left_here", closing.leftHere)
            note.member("local_port", closing.localPort)
            object.member("closing", note)
        }
        page.standardOutput += object.line()
    }

    private func object(of interruption: Interruption, at time: Duration) -> JSONText {
        var object = Self.object("interrupted", at: time)
        switch interruption {
        case .status(let pending):
            object.member("action", "status")
            let hosts = pending.map { host in
                var object = JSONText()
                object.member("host", names[host.host])
                object.member("target", host.host)
                object.member("phase", host.phase.rawValue)
                object.member("since", number: DurationText.seconds(host.since))
                return object
            }
            object.member("pending", hosts)
        case .stopping(let signal):
            object.member("action", "stopping")
            object.member("signal", Int(signal))
        case .aborting(let signal):
            object.member("action", "aborting")
            object.member("signal", Int(signal))
        }
        return object
    }

    private static func object(of summary: RunSummary, at time: Duration) -> JSONText {
        var object = object("finished", at: time)
        object.member("duration", number: DurationText.seconds(summary.duration))
        object.member("targets", summary.outcomes.count)
        let totals = summary.totals
        var counts = JSONText()
        for summaryClass in RunSummary.Class.allCases {
            counts.member(summaryClass.rawValue, totals[summaryClass] ?? 0)
        }
        object.member("totals", counts)
        if let signal = summary.stoppedBy { object.member("stopped_by", Int(signal)) }
        return object
    }
}
