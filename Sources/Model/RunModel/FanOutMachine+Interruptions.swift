// SPDX-License-Identifier: Apache-2.0

/// What happens when somebody wants the run to end.
///
/// | run is | `^C` (SIGINT) | another signal | its task is cancelled |
/// |---|---|---|---|
/// | running | says who is pending | stops | aborts |
/// | running, asked | stops | stops | aborts |
/// | stopping | aborts | aborts | aborts |
/// | aborting, finished | nothing | nothing | nothing |
///
/// Hosts whose turn has not come end as *not started* at the moment the run stops, because nothing
/// can start them any more.
extension FanOutMachine {
    /// The signal of `^C`, SIGINT (POSIX signal.h); only its first arrival stops nothing.
    package static let interruptSignal: Int32 = 2

    /// A signal asks for the end of the run.
    package mutating func interrupted(by signal: Int32, at now: Duration) -> [Action] {
        switch state {
        case .running(asked: false) where signal == Self.interruptSignal:
            state = .running(asked: true)
            return [.emit(.interrupted(.status(pendingHosts)))]
        case .running:
            state = .stopping(signal: signal)
            var actions: [Action] = [.emit(.interrupted(.stopping(signal: signal)))]
            stopOpenHosts(.signal, at: now, &actions)
            endPendingHosts(&actions)
            finishIfAllEnded(at: now, stoppedBy: signal, &actions)
            return actions
        case .stopping(let first):
            state = .aborting(stoppedBy: first)
            var actions: [Action] = [.emit(.interrupted(.aborting(signal: signal)))]
            stopOpenHosts(.abort, at: now, &actions)
            return actions
        // Nothing is left to insist on.
        case .aborting, .finished: return []
        case .ready: impossible("interrupted(\(signal))")
        }
    }

    /// The task of the run was cancelled.
    package mutating func cancelled(at now: Duration) -> [Action] {
        switch state {
        case .ready:
            state = .aborting(stoppedBy: nil)
            var actions: [Action] = [.emit(.began(targets: hosts.count))]
            endPendingHosts(&actions)
            finishIfAllEnded(at: now, stoppedBy: nil, &actions)
            return actions
        case .running:
            state = .aborting(stoppedBy: nil)
            var actions: [Action] = []
            stopOpenHosts(.abort, at: now, &actions)
            endPendingHosts(&actions)
            finishIfAllEnded(at: now, stoppedBy: nil, &actions)
            return actions
        case .stopping(let first):
            state = .aborting(stoppedBy: first)
            var actions: [Action] = []
            stopOpenHosts(.abort, at: now, &actions)
            return actions
        case .aborting, .finished: return []
        }
    }

    /// The open hosts, those first that have been in their phase for longest.
    private var pendingHosts: [PendingHost] {
        var pending: [PendingHost] = []
        pending.reserveCapacity(open)
        for host in 0..<next {
            switch hosts[host] {
            case .connecting(let opened), .running(let opened), .closing(let opened):
                pending.append(
                    PendingHost(host: host, phase: hosts[host].phase, since: opened.since))
            case .pending, .ended: break
            }
        }
        return pending.sorted { a, b in (a.since, a.host) < (b.since, b.host) }
    }

    private mutating func stopOpenHosts(
        _ level: StopLevel, at now: Duration, _ actions: inout [Action]
    ) {
        for host in 0..<next {
            switch hosts[host] {
            case .connecting(var opened):
                stop(host, &opened, in: .connecting, level, at: now, &actions)
                hosts[host] = .connecting(opened)
            case .running(var opened):
                stop(host, &opened, in: .running, level, at: now, &actions)
                hosts[host] = .running(opened)
            case .closing(var opened):
                stop(host, &opened, in: .closing, level, at: now, &actions)
                hosts[host] = .closing(opened)
            case .pending, .ended: break
            }
        }
    }

    private func stop(
        _ host: Int, _ opened: inout OpenHost, in phase: HostPhase, _ level: StopLevel,
        at now: Duration, _ actions: inout [Action]
    ) {
        switch (opened.stop?.level, level) {
        case (nil, .signal):
            opened.stop = StopOrder(.interruption, in: phase, .signal)
            opened.deadline = .grace
            actions.append(.stop(host: host, .signal))
            actions.append(.setDeadline(host: host, .grace, at: now + limits.stopGrace))
        case (nil, .abort), (.signal, .abort):
            if opened.stop == nil { opened.stop = StopOrder(.interruption, in: phase, .abort) }
            opened.stop?.level = .abort
            actions.append(.stop(host: host, .abort))
            guard opened.deadline != nil else { return }
            opened.deadline = nil
            actions.append(.clearDeadline(host: host))
        // Told so before, because one of its deadlines passed.
        case (.signal, .signal), (.abort, .signal), (.abort, .abort): break
        }
    }

    private mutating func endPendingHosts(_ actions: inout [Action]) {
        for host in next..<hosts.count {
            hosts[host] = .ended(.notStarted)
            actions.append(.emit(.ended(host: host, outcome: .notStarted, closing: nil)))
        }
        next = hosts.count
    }
}
