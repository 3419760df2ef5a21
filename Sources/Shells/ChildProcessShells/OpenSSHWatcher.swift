// SPDX-License-Identifier: Apache-2.0

import Pipes
import RunModel
import ShellContract
import Synchronization

/// Listens to one ssh(1) process and tells its phases.
final class OpenSSHWatcher<Sink: SessionSink>: ChildWatcher {
    private struct State {
        var log: OpenSSHLog?
        var lastBytes: [UInt8] = []
        var sawOutput = false
        var saidRunning = false
        var saidClosing = false
    }

    private let sink: Sink
    /// The end of the log that ssh(1) opens; open here only until it has.
    private let logEnd: PipeEnd?
    private let state: Mutex<State>

    init(sink: Sink, logEnd: PipeEnd?) {
        self.sink = sink
        self.logEnd = logEnd
        state = Mutex(State(log: logEnd == nil ? nil : OpenSSHLog()))
    }

    func started() {
        // Without a log nothing tells when a silent command runs.
        state.withLock { if $0.log == nil { sayRunning(&$0) } }
    }

    func output(_ stream: OutputStream, _ bytes: [UInt8]) {
        state.withLock { state in
            switch stream {
            case .standardOutput:
                state.sawOutput = true
                sayRunning(&state)
            case .standardError:
                // Before the command runs this is ssh's own, or the server's banner.
                state.lastBytes += bytes.suffix(4096)
                if state.lastBytes.count > 8192 {
                    state.lastBytes.removeFirst(state.lastBytes.count - 4096)
                }
            }
        }
    }

    func logged(_ bytes: [UInt8]) {
        logEnd?.close()
        state.withLock { state in
            state.log?.receive(bytes)
            guard let stage = state.log?.stage else { return }
            if stage >= .commandSent { sayRunning(&state) }
            if stage >= .exitStatus { sayClosing(&state) }
        }
    }

    func ended() {
        state.withLock { state in
            state.log?.end()
            if state.saidRunning { sayClosing(&state) }
        }
    }

    /// What has been seen, once the process has ended.
    func report(_ end: ChildEnd, wasStopped: Bool) -> OpenSSHReport {
        state.withLock { state in
            let lines = state.lastBytes.split {
                $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r")
            }
            return OpenSSHReport(
                end, log: state.log,
                lastLines: lines.suffix(16).map { String(decoding: $0, as: UTF8.self) },
                sawOutput: state.sawOutput, wasStopped: wasStopped)
        }
    }

    // Said under the lock, so that nothing of the command overtakes it.

    private func sayRunning(_ state: inout State) {
        guard !state.saidRunning else { return }
        state.saidRunning = true
        sink.emit(.running)
    }

    private func sayClosing(_ state: inout State) {
        guard !state.saidClosing else { return }
        state.saidClosing = true
        sink.emit(.closing)
    }
}
