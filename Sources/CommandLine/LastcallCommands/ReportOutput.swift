// SPDX-License-Identifier: Apache-2.0

import Console
import RunEngine
import RunJournal
import RunModel
import RunReports
import Synchronization
import SystemPackage

/// Takes the events of a run through its report to the terminal.
///
/// Reports turn an event into text at once; what one event leaves to write may be larger than
/// memory, and then follows in pieces, as fast as the reader takes them. Events that come meanwhile
/// wait: no more than one piece of output per open host, because sessions wait in `ready()`. The
/// journal is told the same, in the same order, so that the report can be made again.
final class ReportOutput: RunEventSink {
    private struct State {
        var report: any Reporter
        var page = Page()
        var owesMore = false
        var pending: [RunEvent] = []
        var outputLost = false
    }

    private let writer: OutputWriter
    private let state: Mutex<State>
    private let recorder: RunRecorder?
    private let budget: FailureBudget?
    private let began = ContinuousClock.now

    init(
        _ report: any Reporter, writer: OutputWriter, recorder: RunRecorder? = nil,
        budget: FailureBudget? = nil
    ) {
        self.writer = writer
        self.recorder = recorder
        self.budget = budget
        state = Mutex(State(report: report))
    }

    /// Whether bytes of a remote command could not be kept or written.
    var outputLost: Bool {
        state.withLock(\.outputLost) || writer.loss(of: .standardOutput) != nil
    }

    func receive(_ event: RunEvent) {
        state.withLock { state in
            recorder?.receive(event)
            budget?.receive(event)
            if state.owesMore {
                state.pending.append(event)
            } else {
                take(event, &state)
            }
        }
    }

    func ready() async {
        while !Task.isCancelled {
            await writer.ready()
            if !state.withLock({ advance(&$0) }) { break }
        }
        await recorder?.ready()
    }

    func settled() async { await recorder?.settled() }

    /// Lets a report redraw what changes with time.
    func timePassed() {
        state.withLock { state in
            guard !state.owesMore else { return }
            let time = began.duration(to: .now)
            recorder?.timePassed(to: time)
            state.report.timePassed(to: time, into: &state.page)
            flush(&state)
        }
    }

    /// Writes all that is owed.
    func finish() async {
        await ready()
        await writer.drain()
    }

    private func take(_ event: RunEvent, _ state: inout State) {
        state.report.receive(event, into: &state.page)
        flush(&state)
        state.owesMore = true
        _ = drain(&state)
    }

    /// Goes on with what is owed and with the events that waited for it.
    ///
    /// - Returns: whether there is more to do once the writer is ready again.
    private func advance(_ state: inout State) -> Bool {
        guard drain(&state) else { return true }
        while !state.pending.isEmpty {
            let events = state.pending
            state.pending = []
            for (index, event) in events.enumerated() {
                take(event, &state)
                if state.owesMore {
                    state.pending = Array(events[(index + 1)...])
                    return true
                }
            }
        }
        return false
    }

    /// Writes what the last event left, as far as the writer keeps up; `true` when that is all.
    private func drain(_ state: inout State) -> Bool {
        guard state.owesMore else { return true }
        while !writer.isBehind {
            guard state.report.drain(into: &state.page) else {
                state.owesMore = false
                return true
            }
            flush(&state)
        }
        return false
    }

    private func flush(_ state: inout State) {
        if state.page.outputLost { state.outputLost = true }
        guard !state.page.isEmpty else { return }
        writer.write(state.page.standardOutput, to: .standardOutput)
        writer.write(state.page.standardError, to: .standardError)
        state.page.removeBytes()
    }
}
