// SPDX-License-Identifier: Apache-2.0

import RunModel

/// One entry of a run's trace: what its reports were told, in that order.
///
/// What rows of the journal hold already (outcomes, outputs) is not repeated: the trace says when
/// and in which order it was told.
enum TraceEntry: Hashable, Sendable {
    case began(targets: Int)
    case connecting(Int)
    case waiting(Int, reason: String)
    case running(Int)
    /// So many bytes of a stream are kept, and so many after them are not.
    case output(Int, OutputStream, kept: Int, cut: Int)
    case notice(Int, String)
    case closing(Int)
    case ended(Int)
    case interrupted(Interruption)
    case finished
    /// Time passed, which a report heeded.
    case tick
}

/// Bytes of a trace being written: numbers are unsigned LEB128, texts are length and UTF-8.
struct TraceWriter: Sendable {
    private(set) var bytes: [UInt8] = []

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func append(_ entry: TraceEntry, at time: Duration) {
        put(Self.nanoseconds(time))
        switch entry {
        case .began(let targets):
            put(0)
            put(targets)
        case .connecting(let host): put(1, host)
        case .waiting(let host, let reason):
            put(2, host)
            put(reason)
        case .running(let host): put(3, host)
        case .output(let host, let stream, let kept, let cut):
            put(4 + Int(stream.rawValue), host)
            put(kept)
            put(cut)
        case .notice(let host, let text):
            put(6, host)
            put(text)
        case .closing(let host): put(7, host)
        case .ended(let host): put(8, host)
        case .interrupted(.status(let pending)):
            put(9)
            put(pending.count)
            for host in pending {
                put(host.host)
                put(host.phase.rawValue)
                put(Self.nanoseconds(host.since))
            }
        case .interrupted(.stopping(let signal)): put(10, Int(signal))
        case .interrupted(.aborting(let signal)): put(11, Int(signal))
        case .finished: put(12)
        case .tick: put(13)
        }
    }

    static func nanoseconds(_ duration: Duration) -> Int {
        let parts = duration.components
        return Int(parts.seconds) * 1_000_000_000 + Int(parts.attoseconds / 1_000_000_000)
    }

    private mutating func put(_ tag: Int, _ host: Int) {
        put(tag)
        put(host)
    }

    private mutating func put(_ number: Int) {
        var rest = UInt64(bitPattern: Int64(number))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func put(_ text: String) {
        put(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }
}

/// Reads a trace that `TraceWriter` wrote; parts are whole entries.
struct TraceReader: Sendable {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next entry, or `nil` at the end.
    mutating func next() throws(JournalError) -> (entry: TraceEntry, time: Duration)? {
        guard place < bytes.count else { return nil }
        let time = Duration.nanoseconds(try number())
        return (try entry(), time)
    }

    private mutating func entry() throws(JournalError) -> TraceEntry {
        switch try number() {
        case 0: return .began(targets: try number())
        case 1: return .connecting(try number())
        case 2: return .waiting(try number(), reason: try text())
        case 3: return .running(try number())
        case 4:
            return .output(try number(), .standardOutput, kept: try number(), cut: try number())
        case 5:
            return .output(try number(), .standardError, kept: try number(), cut: try number())
        case 6: return .notice(try number(), try text())
        case 7: return .closing(try number())
        case 8: return .ended(try number())
        case 9:
            var pending: [PendingHost] = []
            for _ in 0..<(try number()) {
                let host = try number()
                guard let phase = HostPhase(rawValue: try text()) else { throw Self.damaged }
                pending.append(
                    PendingHost(host: host, phase: phase, since: .nanoseconds(try number())))
            }
            return .interrupted(.status(pending))
        case 10: return .interrupted(.stopping(signal: Int32(truncatingIfNeeded: try number())))
        case 11: return .interrupted(.aborting(signal: Int32(truncatingIfNeeded: try number())))
        case 12: return .finished
        case 13: return .tick
        default: throw Self.damaged
        }
    }

    private mutating func number() throws(JournalError) -> Int {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.count, shift < 64 {
            let byte = bytes[place]
            place += 1
            number |= UInt64(byte & 0x7F) << shift
            guard byte & 0x80 != 0 else { return Int(truncatingIfNeeded: number) }
            shift += 7
        }
        throw Self.damaged
    }

    private mutating func text() throws(JournalError) -> String {
        let count = try number()
        guard count >= 0, count <= bytes.count - place else { throw Self.damaged }
        defer { place += count }
        return String(decoding: bytes[place..<place + count], as: UTF8.self)
    }

    private static var damaged: JournalError {
        JournalError(.corrupt, "the trace of the run is damaged")
    }
}
