// SPDX-License-Identifier: Apache-2.0

import RunModel

/// What a recorder has been told and has not yet written.
///
/// Starts and ends are written with the next transaction, an end together with all of its host's
/// output. Phases and output of hosts that go on, and the trace, may wait a little longer, because
/// most hosts end before that.
struct RecorderState: Sendable {
    /// How much output of hosts that go on is held before it is written.
    static let heldBytes = 1 << 20
    /// How long output of hosts that go on, and the trace, are held at most.
    static let heldFor = Duration.milliseconds(500)

    private struct Open: Sendable {
        var bytes: [OutputStream: [UInt8]] = [:]
        var kept = 0
        var cut = 0
        /// When phases began that no transaction has taken yet.
        var running: Duration?
        var closing: Duration?
    }

    private let limits: RecorderLimits
    private var open: [Int: Open] = [:]
    private var keptInRun = 0
    private var trace = TraceWriter()
    private var moments: [RecorderBatch.Moment] = []
    private var ends: [RecorderBatch.End] = []
    private var summary: RunSummary?
    /// Hosts that wait for something on this machine: while there are some, time itself is traced.
    private var waiting: Set<Int> = []
    private var held = 0
    private var heldSince = Duration.zero
    private(set) var cutHosts: Set<Int> = []
    private(set) var cutBytes = 0

    init(limits: RecorderLimits) { self.limits = limits }

    /// Hosts whose session may run.
    var openCount: Int { open.count }
    /// Bytes of output that no transaction has taken yet.
    var heldBytes: Int { held }

    mutating func receive(_ event: RunEvent) {
        let time = event.time
        switch event.kind {
        case .began(let targets): trace.append(.began(targets: targets), at: time)
        case .connecting(let host):
            open[host] = Open()
            moments.append(RecorderBatch.Moment(host: host, phase: .connecting, time: time))
            trace.append(.connecting(host), at: time)
        case .waiting(let host, let reason):
            waiting.insert(host)
            trace.append(.waiting(host, reason: reason), at: time)
        case .running(let host):
            waiting.remove(host)
            open[host]?.running = time
            trace.append(.running(host), at: time)
        case .output(let host, let stream, let bytes): take(bytes, of: host, stream, at: time)
        case .notice(let host, let text): trace.append(.notice(host, text), at: time)
        case .closing(let host):
            open[host]?.closing = time
            trace.append(.closing(host), at: time)
        case .ended(let host, let outcome, let note):
            waiting.remove(host)
            let last = open.removeValue(forKey: host) ?? Open()
            held -= last.bytes.values.reduce(0) { $0 + $1.count }
            ends.append(
                RecorderBatch.End(
                    host: host, running: last.running, closing: last.closing, time: time,
                    outcome: outcome, note: note, rest: last.bytes, cut: last.cut))
            trace.append(.ended(host), at: time)
        case .interrupted(let interruption): trace.append(.interrupted(interruption), at: time)
        case .finished(let summary):
            self.summary = summary
            trace.append(.finished, at: time)
        }
    }

    /// Time passed, and the reports were told.
    mutating func timePassed(to time: Duration) {
        if !waiting.isEmpty { trace.append(.tick, at: time) }
    }

    /// Whether something has been held long enough.
    func isDue(at time: Duration) -> Bool {
        !ends.isEmpty || !moments.isEmpty
            || (!trace.bytes.isEmpty && time - heldSince >= Self.heldFor)
    }

    /// Takes out what the next transaction writes: with `everything` also what may be held.
    mutating func takeBatch(at time: Duration, everything: Bool) -> RecorderBatch {
        var batch = RecorderBatch()
        swap(&batch.moments, &moments)
        swap(&batch.ends, &ends)
        batch.summary = summary.take()
        guard everything || held >= Self.heldBytes || time - heldSince >= Self.heldFor else {
            return batch
        }
        heldSince = time
        batch.trace = trace.bytes
        trace.removeAll()
        for (host, output) in open {
            if let time = output.running {
                batch.moments.append(
                    RecorderBatch.Moment(host: host, phase: .running, time: time))
            }
            if let time = output.closing {
                batch.moments.append(
                    RecorderBatch.Moment(host: host, phase: .closing, time: time))
            }
            open[host]?.running = nil
            open[host]?.closing = nil
            for (stream, bytes) in output.bytes {
                let source = OutputStore.Source(host: host, stream: stream)
                batch.outputs.append(RecorderBatch.Output(source: source, bytes: bytes))
            }
            open[host]?.bytes = [:]
        }
        held = 0
        return batch
    }

    private mutating func take(
        _ bytes: [UInt8], of host: Int, _ stream: OutputStream, at time: Duration
    ) {
        guard var output = open[host] else { return }
        // Moved out and in again, so that appending does not copy.
        open[host] = Open()
        let room = min(limits.hostBytes - output.kept, limits.runBytes - keptInRun)
        // Once something is missing, what follows is not kept either.
        let kept = output.cut > 0 ? 0 : max(0, min(bytes.count, room))
        if kept > 0 {
            output.bytes[stream, default: []].append(contentsOf: bytes[..<kept])
            output.kept += kept
            keptInRun += kept
            held += kept
        }
        if kept < bytes.count {
            output.cut += bytes.count - kept
            cutBytes += bytes.count - kept
            cutHosts.insert(host)
        }
        trace.append(.output(host, stream, kept: kept, cut: bytes.count - kept), at: time)
        open[host] = output
    }
}
