// SPDX-License-Identifier: Apache-2.0

package import RunModel
package import ShellContract

/// Runs one command on many hosts, as many at once as the window holds.
///
/// Everything happens in child tasks of the caller's task, on the executor that task prefers, and
/// every wait for time goes through the given clock.
package struct Engine<Shell: RemoteShell, Time: Clock<Duration>, Events: RunEventSink>: Sendable {
    private let shell: Shell
    private let clock: Time
    private let events: Events
    private let gate: (any StartGate)?
    private let behind: @Sendable () -> Duration

    /// An engine that reaches hosts by `shell`, keeps deadlines by `clock`, tells `events` and asks
    /// `gate` before each start.
    ///
    /// `behind` says how long this process has been behind with its work in all; hosts that are
    /// connecting have that time, too (`Patience`).
    package init(
        shell: Shell, clock: Time, events: Events, gate: (any StartGate)? = nil,
        behind: @escaping @Sendable () -> Duration = { .zero }
    ) {
        self.shell = shell
        self.clock = clock
        self.events = events
        self.gate = gate
        self.behind = behind
    }

    /// Runs the request to its end.
    ///
    /// Cancelling the surrounding task resets every connection and starts no further host; the
    /// summary still accounts for every target.
    ///
    /// - Parameters:
    ///   - request: the hosts, the command and the limits.
    ///   - interruptions: the numbers of signals that ask for the end of the run, as they arrive;
    ///     what they do is decided by `FanOutMachine`. Must end when its reader is cancelled.
    /// - Returns: how every target ended. All sessions are over by then.
    package func run(
        _ request: RunRequest, interruptions: some AsyncSequence<Int32, Never> & Sendable
    ) async -> RunSummary {
        let inbox = Inbox()
        return await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await signal in interruptions { inbox.post(.interrupted(signal)) }
                }
                var loop = RunLoop(
                    request: request, shell: shell, timeline: Timeline(clock), events: events,
                    inbox: inbox, gate: gate, behind: behind)
                let summary = await loop.run(in: &group)
                group.cancelAll()
                return summary
            }
        } onCancel: {
            inbox.post(.cancelled)
        }
    }
}

/// A clock and the moment a run began on it.
struct Timeline<Time: Clock<Duration>>: Sendable {
    private let clock: Time
    private let began: Time.Instant

    init(_ clock: Time) {
        self.clock = clock
        began = clock.now
    }

    /// The time since the run began.
    var now: Duration { began.duration(to: clock.now) }

    /// Sleeps until so much time has passed since the run began, or the task is cancelled.
    func sleep(until time: Duration) async {
        // Cancelled: whoever cancelled it needs no waking.
        try? await clock.sleep(until: began.advanced(by: time), tolerance: nil)
    }
}
