// SPDX-License-Identifier: Apache-2.0

import Glibc
package import Subprocess
import Synchronization
import SystemPackage

/// A process that a test has started, with what it has written so far.
package final class LiveProcess: Sendable {
    /// One of the two streams a process writes.
    package enum Stream: Hashable, Sendable {
        case output
        case error
    }

    private struct Waiting {
        var condition: @Sendable (LiveProcess) -> Bool
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var output: [UInt8] = []
        var error: [UInt8] = []
        var outputCount = 0
        var peakMemory = 0
        var openStreams = 2
        var waiting: [Waiting] = []
    }

    /// The process.
    package let pid: pid_t
    private let writer: StandardInputWriter
    private let keepsOutput: Bool
    private let state = Mutex(State())

    init(pid: pid_t, writer: StandardInputWriter, keepsOutput: Bool) {
        self.pid = pid
        self.writer = writer
        self.keepsOutput = keepsOutput
    }

    /// What has come so far.
    package func bytes(_ stream: Stream) -> [UInt8] {
        state.withLock { stream == .output ? $0.output : $0.error }
    }

    /// What has come so far, as text.
    package func text(_ stream: Stream) -> String { String(decoding: bytes(stream), as: UTF8.self) }

    /// How often a text has come so far in a stream without NUL; occurrences do not overlap.
    package func occurrences(of text: String, on stream: Stream) -> Int {
        let all = bytes(stream).map(CChar.init(bitPattern:)) + [0]
        return all.withUnsafeBufferPointer { all in
            var count = 0
            var rest = all.baseAddress
            while let start = rest, let found = strstr(start, text) {
                count += 1
                rest = UnsafePointer(found) + text.utf8.count
            }
            return count
        }
    }

    /// How many bytes of standard output have come so far.
    package var outputCount: Int { state.withLock(\.outputCount) }

    /// The largest resident set that was seen when output came, in KiB.
    package var peakMemory: Int { state.withLock(\.peakMemory) }

    /// The process has written something that it was waited for, never.
    package struct EndedEarly: Error {
        package let output: String
        package let error: String
    }

    /// Waits until a condition holds, which is looked at whenever something is written.
    ///
    /// - Throws: `EndedEarly` if both streams end before.
    package func wait(until condition: @escaping @Sendable (LiveProcess) -> Bool) async throws {
        let holds = await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.openStreams > 0 {
                    state.waiting.append(Waiting(condition: condition, continuation: continuation))
                }
                return state.openStreams == 0
            }
            if isOver { continuation.resume(returning: condition(self)) } else { look() }
        }
        guard holds else { throw EndedEarly(output: text(.output), error: text(.error)) }
    }

    /// Waits until a stream contains a text.
    package func wait(for text: String, on stream: Stream = .output) async throws {
        try await wait { $0.text(stream).contains(text) }
    }

    /// Sends a signal to the process.
    package func signal(_ number: Int32) { kill(pid, number) }

    /// Writes to its standard input; a process that reads no more is no error.
    package func write(_ bytes: [UInt8]) async { _ = try? await writer.write(bytes) }

    /// Ends its standard input.
    package func endInput() async { try? await writer.finish() }

    func received(_ bytes: SubprocessOutputSequence.Buffer, on stream: Stream) {
        let memory = stream == .output ? residentPeak() : 0
        state.withLock { state in
            state.peakMemory = max(state.peakMemory, memory)
            bytes.withUnsafeBytes { bytes in
                switch stream {
                case .output:
                    state.outputCount += bytes.count
                    if keepsOutput { state.output.append(contentsOf: bytes) }
                case .error: state.error.append(contentsOf: bytes)
                }
            }
        }
        look()
    }

    func ended() {
        let rest = state.withLock { state in
            state.openStreams -= 1
            guard state.openStreams == 0 else { return [Waiting]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiting in rest { waiting.continuation.resume(returning: waiting.condition(self)) }
    }

    /// Lets those go on whose condition holds.
    private func look() {
        let candidates = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        guard !candidates.isEmpty else { return }
        var unmet: [Waiting] = []
        for waiting in candidates {
            if waiting.condition(self) {
                waiting.continuation.resume(returning: true)
            } else {
                unmet.append(waiting)
            }
        }
        let late = state.withLock { state in
            guard state.openStreams > 0 else { return unmet }
            state.waiting += unmet
            return []
        }
        for waiting in late { waiting.continuation.resume(returning: waiting.condition(self)) }
    }

    /// The largest resident set of the process until now, in KiB (proc(5): `VmHWM`).
    private func residentPeak() -> Int {
        guard let status = try? SmallFile.read("/proc/\(pid)/status"),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return 0 }
        return line.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0
    }
}
