// SPDX-License-Identifier: Apache-2.0

import RunModel
import ShellContract

/// The one loop of a run: wake-ups in, actions out.
///
/// Theory of operation. `FanOutMachine` decides; this loop tells it what happened and executes its
/// answers, alone, so that nothing needs a lock or a second look after an `await`. The places of
/// the window, the sleeps and the reader of signals are tasks of one group, each of which only
/// posts to the inbox. The loop takes everything that was posted at once, and only then looks at
/// deadlines: a host that ended in time is not told that it was late.
struct RunLoop<Shell: RemoteShell, Time: Clock<Duration>, Events: RunEventSink> {
    /// Where an open host's session runs, and how to end it.
    private struct Session {
        let place: Place
        let stop: SessionStop
        /// How long the host is waited for that is connecting.
        var connecting: (end: Duration, patience: Patience)?
    }

    private let request: RunRequest
    private let shell: Shell
    private let timeline: Timeline<Time>
    private let events: Events
    private let inbox: Inbox
    private let gate: (any StartGate)?
    private let behind: @Sendable () -> Duration

    private var machine: FanOutMachine
    private var deadlines = Deadlines()
    /// The sessions that are open.
    private var sessions: [Int: Session] = [:]
    /// Every place there is, in the order in which they were needed.
    private var places: [Place] = []
    /// The places nobody is in.
    private var freePlaces: [Place] = []
    private var summary: RunSummary?
    private var isCancelled = false

    init(
        request: RunRequest, shell: Shell, timeline: Timeline<Time>, events: Events, inbox: Inbox,
        gate: (any StartGate)?, behind: @escaping @Sendable () -> Duration
    ) {
        self.request = request
        self.shell = shell
        self.timeline = timeline
        self.events = events
        self.inbox = inbox
        self.gate = gate
        self.behind = behind
        machine = FanOutMachine(targets: request.hosts.count, limits: request.limits)
    }

    /// Runs until every host is accounted for.
    mutating func run(in group: inout DiscardingTaskGroup) async -> RunSummary {
        if !noticeCancellation(at: .zero, in: &group) {
            execute(machine.start(at: .zero), at: .zero, in: &group)
        }
        var batch: [Wakeup] = []
        while true {
            if let summary {
                for place in places { place.give(nil) }
                await events.settled()
                events.receive(RunEvent(at: summary.duration, .finished(summary)))
                return summary
            }
            if let time = deadlines.beginSleep() {
                group.addTask { [timeline, inbox] in
                    await timeline.sleep(until: time)
                    inbox.post(.slept(until: time))
                }
            }
            batch = await inbox.next(reusing: batch)
            let now = timeline.now
            // First, so that no session that the cancellation ended is replaced by another.
            _ = noticeCancellation(at: now, in: &group)
            for wakeup in batch { handle(wakeup, at: now, in: &group) }
            while let (host, kind) = deadlines.popPassed(at: now) {
                if isPutOff(kind, of: host, at: now) { continue }
                execute(machine.deadlinePassed(host, kind, at: now), at: now, in: &group)
            }
        }
    }

    private mutating func handle(
        _ wakeup: Wakeup, at now: Duration, in group: inout DiscardingTaskGroup
    ) {
        switch wakeup {
        case .waiting(let host): execute(machine.waiting(host, at: now), at: now, in: &group)
        case .proceeding(let host): execute(machine.proceeding(host, at: now), at: now, in: &group)
        case .running(let host): execute(machine.running(host, at: now), at: now, in: &group)
        case .closing(let host): execute(machine.closing(host, at: now), at: now, in: &group)
        case .ended(let host, let end):
            if let session = sessions.removeValue(forKey: host) {
                freePlaces.append(session.place)
            }
            execute(
                machine.ended(host, end.outcome, closing: end.closing, at: now), at: now,
                in: &group)
        case .slept(until: let time): deadlines.slept(until: time)
        case .interrupted(let signal):
            execute(machine.interrupted(by: signal, at: now), at: now, in: &group)
            // Sessions that wait for a slow reader are not reached by their stop.
            if case .aborting = machine.state { group.cancelAll() }
        // Its only use is to wake the loop.
        case .cancelled: break
        }
    }

    /// Tells the machine once that the task was cancelled.
    private mutating func noticeCancellation(
        at now: Duration, in group: inout DiscardingTaskGroup
    ) -> Bool {
        guard !isCancelled, Task.isCancelled else { return false }
        isCancelled = true
        execute(machine.cancelled(at: now), at: now, in: &group)
        return true
    }

    private mutating func execute(
        _ actions: [FanOutMachine.Action], at now: Duration, in group: inout DiscardingTaskGroup
    ) {
        for action in actions {
            switch action {
            case .connect(let host): connect(host, in: &group)
            case .setDeadline(let host, let kind, at: let time):
                deadlines.set(host, kind, at: time)
                if kind == .connect {
                    let patience = Patience(limit: time - now, behind: behind())
                    sessions[host]?.connecting = (time, patience)
                }
            case .clearDeadline(let host): deadlines.clear(host)
            case .stop(let host, let level):
                sessions[host]?.stop.raise(to: SessionStop.Level(level))
            // Told last, once what it counts has been kept.
            case .emit(.finished): break
            case .emit(let kind): events.receive(RunEvent(at: now, kind))
            case .finish(let summary): self.summary = summary
            }
        }
    }

    /// Gives a host that is connecting the time that this process was behind.
    private mutating func isPutOff(
        _ kind: HostDeadline, of host: Int, at now: Duration
    ) -> Bool {
        guard kind == .connect, let wait = sessions[host]?.connecting else { return false }
        let end = wait.end + wait.patience.added(behind: behind())
        guard now < end else { return false }
        deadlines.set(host, kind, at: end)
        return true
    }

    private mutating func connect(_ host: Int, in group: inout DiscardingTaskGroup) {
        let place = freePlaces.popLast() ?? addPlace(in: &group)
        let stop = SessionStop()
        sessions[host] = Session(place: place, stop: stop)
        place.give(Place.Turn(host: host, stop: stop))
    }

    private mutating func addPlace(in group: inout DiscardingTaskGroup) -> Place {
        let place = Place()
        places.append(place)
        let task = HostTask(
            place: place, request: request, shell: shell, timeline: timeline, events: events,
            inbox: inbox, gate: gate)
        group.addTask { await task.run() }
        return place
    }
}

extension SessionStop.Level {
    fileprivate init(_ level: StopLevel) {
        switch level {
        case .signal: self = .signal
        case .abort: self = .abort
        }
    }
}
