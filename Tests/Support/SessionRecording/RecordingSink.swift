// SPDX-License-Identifier: Apache-2.0

package import RunModel
package import ShellContract
import Synchronization

/// Keeps everything a session tells, and lets a test wait for it.
package final class RecordingSink: SessionSink {
    private struct Record {
        /// How often something was told.
        var turn = 0
        var events: [SessionEvent] = []
        var output: [OutputStream: [UInt8]] = [:]
        var counts: [OutputStream: Int] = [:]
        var waiting:
            [(until: @Sendable (RecordingSink) -> Bool, CheckedContinuation<Void, Never>)] =
                []
    }

    private let record = Mutex(Record())
    private let keepsBytes: Bool
    private let onOutput: @Sendable (OutputStream, [UInt8]) async -> Void

    /// Makes a sink.
    ///
    /// - Parameters:
    ///   - keepsBytes: whether the bytes are kept, or only counted.
    ///   - onOutput: called, and waited for, with each piece of output.
    package init(
        keepsBytes: Bool = true,
        onOutput: @escaping @Sendable (OutputStream, [UInt8]) async -> Void = { _, _ in }
    ) {
        self.keepsBytes = keepsBytes
        self.onOutput = onOutput
    }

    /// The control events so far, in order.
    package var events: [SessionEvent] { record.withLock(\.events) }

    /// The notices so far, in order.
    package var notices: [String] {
        events.compactMap { if case .notice(let text) = $0 { text } else { nil } }
    }

    /// The bytes of a stream so far.
    package func bytes(_ stream: OutputStream) -> [UInt8] {
        record.withLock { $0.output[stream] ?? [] }
    }

    /// The bytes of a stream so far, as text.
    package func text(_ stream: OutputStream) -> String {
        String(decoding: bytes(stream), as: UTF8.self)
    }

    /// How many bytes of a stream came so far.
    package func count(_ stream: OutputStream) -> Int {
        record.withLock { $0.counts[stream] ?? 0 }
    }

    /// Waits until something is true of what has been recorded.
    package func wait(until condition: @escaping @Sendable (RecordingSink) -> Bool) async {
        await withCheckedContinuation { continuation in
            record.withLock { $0.waiting.append((condition, continuation)) }
            wakeUp()
        }
    }

    package func emit(_ event: SessionEvent) {
        record.withLock { record in
            record.turn += 1
            record.events.append(event)
        }
        wakeUp()
    }

    package func output(_ stream: OutputStream, _ bytes: [UInt8]) async {
        record.withLock { record in
            record.turn += 1
            record.counts[stream, default: 0] += bytes.count
            if keepsBytes { record.output[stream, default: []] += bytes }
        }
        wakeUp()
        await onOutput(stream, bytes)
    }

    private func wakeUp() {
        var isSettled = false
        while !isSettled {
            let (waiting, turn) = record.withLock { record in
                defer { record.waiting = [] }
                return (record.waiting, record.turn)
            }
            let unmet = waiting.filter { waiter in
                if waiter.until(self) {
                    waiter.1.resume()
                    return false
                }
                return true
            }
            // What was told meanwhile found nobody waiting: look again.
            isSettled = record.withLock { record in
                record.waiting += unmet
                return unmet.isEmpty || record.turn == turn
            }
        }
    }
}
