// SPDX-License-Identifier: Apache-2.0

import GRDB
package import RunModel

/// The events of a recorded run, as its reports were told them.
///
/// The same events through the same report give the same bytes. Output is read piece by piece, so a
/// run may be larger than memory. Of a run that was interrupted the trace may lag behind what its
/// hosts' rows hold: what it lacks follows, host by host, and no event `finished`.
package struct Replay {
    /// What to tell a report next.
    package enum Step: Hashable, Sendable {
        case event(RunEvent)
        case timePassed(Duration)
    }

    private struct Position: Hashable {
        var host: Int
        var stream: OutputStream
    }

    private let journal: Journal
    private let run: RunRecord
    /// By their places in the run.
    private let hosts: [Int: HostRecord]
    private let isOfOneHost: Bool
    private var part = 0
    private var reader: TraceReader?
    private var offsets: [Position: Int] = [:]
    private var pieces: PieceCache
    private var hasEnded: Set<Int> = []
    private var last = Duration.zero
    private var isPastTrace = false
    private var rest: [Step] = []

    /// The replay of a run that is not going on; of `host` alone if one is given.
    package init(
        _ run: RunRecord, of host: HostRecord? = nil, in journal: Journal
    ) throws(JournalError) {
        self.journal = journal
        self.run = run
        let hosts = if let host { [host] } else { try journal.hosts(of: run) }
        self.hosts = Dictionary(hosts.map { ($0.target, $0) }) { first, _ in first }
        isOfOneHost = host != nil
        pieces = PieceCache(journal: journal)
    }

    /// The next step; `nil` at the end.
    package mutating func next() throws(JournalError) -> Step? {
        while !isPastTrace {
            if let (entry, time) = try reader?.next() {
                last = time
                guard let step = try step(entry, at: time) else { continue }
                return step
            }
            reader = try nextPart()
            isPastTrace = reader == nil
        }
        guard run.life != .finished else { return nil }
        return try nextBeyondTrace()
    }

    private mutating func nextPart() throws(JournalError) -> TraceReader? {
        let (number, part) = (run.number, part)
        let row = try journal.read { db in
            try Row.fetchOne(
                db, sql: "SELECT bytes FROM trace WHERE run = ? AND part = ?",
                arguments: [number, part]
            )
            .map { [UInt8](of: $0, "bytes") }
        }
        self.part += 1
        return row.map { TraceReader($0) }
    }

    private mutating func step(
        _ entry: TraceEntry, at time: Duration
    ) throws(JournalError) -> Step? {
        let kind: RunEvent.Kind
        switch entry {
        case .began(let targets): kind = .began(targets: targets)
        case .connecting(let host): kind = .connecting(host: host)
        case .waiting(let host, let reason): kind = .waiting(host: host, reason: reason)
        case .running(let host): kind = .running(host: host)
        case .output(let host, let stream, let kept, _):
            guard kept > 0, !isOfOneHost || hosts[host] != nil else { return nil }
            let bytes = try bytes(of: Position(host: host, stream: stream), count: kept)
            kind = .output(host: host, stream: stream, bytes: bytes)
        case .notice(let host, let text): kind = .notice(host: host, text: text)
        case .closing(let host): kind = .closing(host: host)
        case .ended(let host):
            guard let record = hosts[host], case .ended(let outcome) = record.state else {
                if isOfOneHost { return nil }
                throw JournalError(.corrupt, "the trace of the run does not fit its hosts")
            }
            hasEnded.insert(host)
            kind = .ended(host: host, outcome: outcome, closing: record.note)
        case .interrupted(let interruption): kind = .interrupted(interruption)
        case .finished:
            guard let summary = summary(at: time) else { return nil }
            kind = .finished(summary)
        case .tick: return .timePassed(time)
        }
        return .event(RunEvent(at: time, kind))
    }

    /// What rows hold and the trace does not: the rest of each output, and ends.
    private mutating func nextBeyondTrace() throws(JournalError) -> Step? {
        for target in 0..<run.targets where !hasEnded.contains(target) {
            guard let host = hosts[target] else { continue }
            for stream in OutputStream.allCases {
                let position = Position(host: host.target, stream: stream)
                let bytes = try bytes(of: position, count: OutputStore.pieceBytes, mayBeShort: true)
                guard bytes.isEmpty else {
                    return .event(
                        RunEvent(
                            at: last, .output(host: host.target, stream: stream, bytes: bytes)))
                }
            }
            hasEnded.insert(host.target)
            guard case .ended(let outcome) = host.state else { continue }
            last = max(last, host.ended.map { .seconds($0) } ?? last)
            return .event(
                RunEvent(
                    at: last, .ended(host: host.target, outcome: outcome, closing: host.note)))
        }
        return nil
    }

    private mutating func bytes(
        of position: Position, count: Int, mayBeShort: Bool = false
    ) throws(JournalError) -> [UInt8] {
        guard let content = hosts[position.host]?.contents[position.stream] else {
            if mayBeShort { return [] }
            throw JournalError(.corrupt, "an output of the run is missing")
        }
        let offset = offsets[position] ?? 0
        var bytes: [UInt8] = []
        while bytes.count < count {
            let piece = try pieces.bytes(of: content, from: offset + bytes.count)
            guard !piece.isEmpty else { break }
            bytes += piece.prefix(count - bytes.count)
        }
        guard bytes.count == count || mayBeShort else {
            throw JournalError(.corrupt, "an output of the run is not whole")
        }
        offsets[position] = offset + bytes.count
        return bytes
    }

    private func summary(at time: Duration) -> RunSummary? {
        var outcomes: [HostOutcome] = []
        for target in 0..<run.targets {
            guard case .ended(let outcome) = hosts[target]?.state else { return nil }
            outcomes.append(outcome)
        }
        return RunSummary(outcomes: outcomes, stoppedBy: run.stoppedBy, duration: time)
    }
}
