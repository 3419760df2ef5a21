// SPDX-License-Identifier: Apache-2.0

import RunModel
import ShellContract

/// The task of one place: runs the session of each host whose turn it is and reports its end.
struct HostTask<Shell: RemoteShell, Time: Clock<Duration>, Events: RunEventSink>: Sendable {
    let place: Place
    let request: RunRequest
    let shell: Shell
    let timeline: Timeline<Time>
    let events: Events
    let inbox: Inbox
    let gate: (any StartGate)?

    func run() async {
        while let turn = await place.nextTurn() {
            guard await passesGate(turn) else {
                turn.stop.forget()
                inbox.post(.ended(turn.host, SessionEnd(.notStarted)))
                continue
            }
            let sink = HostSink(host: turn.host, timeline: timeline, events: events, inbox: inbox)
            let end = await shell.run(request.session(turn.host), stop: turn.stop, sink: sink)
            turn.stop.forget()
            inbox.post(.ended(turn.host, end))
        }
    }

    /// Whether the gate lets the host start and nobody has told it to end meanwhile.
    private func passesGate(_ turn: Place.Turn) async -> Bool {
        guard let gate else { return true }
        inbox.post(.waiting(turn.host))
        let isLetIn = await gate.mayStart(turn.host)
        guard isLetIn, turn.stop.level == .none else { return false }
        inbox.post(.proceeding(turn.host))
        return true
    }
}

/// Takes what a session sees: straight to the reports, and to the run loop where it decides on it.
struct HostSink<Time: Clock<Duration>, Events: RunEventSink>: SessionSink {
    let host: Int
    let timeline: Timeline<Time>
    let events: Events
    let inbox: Inbox

    func emit(_ event: SessionEvent) {
        switch event {
        case .waiting(let reason):
            report(.waiting(host: host, reason: reason))
            inbox.post(.waiting(host))
        case .proceeding: inbox.post(.proceeding(host))
        case .running:
            report(.running(host: host))
            inbox.post(.running(host))
        case .closing:
            report(.closing(host: host))
            inbox.post(.closing(host))
        case .notice(let text): report(.notice(host: host, text: text))
        }
    }

    func output(_ stream: OutputStream, _ bytes: [UInt8]) async {
        report(.output(host: host, stream: stream, bytes: bytes))
        await events.ready()
    }

    private func report(_ kind: RunEvent.Kind) {
        events.receive(RunEvent(at: timeline.now, kind))
    }
}
