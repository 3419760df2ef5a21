// SPDX-License-Identifier: Apache-2.0

import RunModel
import ShellContract

/// One host under a task of its own: runs its session and reports its end.
struct HostTask<Shell: RemoteShell, Time: Clock<Duration>, Events: RunEventSink>: Sendable {
    let shell: Shell
    let session: SessionRequest
    let stop: SessionStop
    let sink: HostSink<Time, Events>

    func run() async {
        let end = await shell.run(session, stop: stop, sink: sink)
        stop.forget()
        sink.inbox.post(.ended(session.index, end))
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
        case .waiting(let reason): report(.waiting(host: host, reason: reason))
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
