// SPDX-License-Identifier: Apache-2.0

/// What happens to one host.
extension FanOutMachine {
    /// The host waits for something on this machine, such as a local port.
    ///
    /// That is no time it takes to connect: its deadline rests, so that no host is lost because
    /// another program holds the ports.
    package mutating func waiting(_ host: Int, at now: Duration) -> [Action] {
        switch hosts[host] {
        case .connecting(var opened):
            guard opened.deadline == .connect else { return [] }
            opened.deadline = nil
            hosts[host] = .connecting(opened)
            return [.clearDeadline(host: host)]
        // Said late: what it waited for has come.
        case .running, .closing: return []
        case .pending, .ended: impossible("waiting(\(host)) of a host that is not open")
        }
    }

    /// What the host waited for has come; it goes on connecting, with all of its time.
    package mutating func proceeding(_ host: Int, at now: Duration) -> [Action] {
        switch hosts[host] {
        case .connecting(var opened):
            // Told to end meanwhile, or never stopped its clock: nothing to set.
            guard opened.stop == nil, opened.deadline == nil, let timeout = limits.connectTimeout
            else { return [] }
            opened.deadline = .connect
            hosts[host] = .connecting(opened)
            return [.setDeadline(host: host, .connect, at: now + timeout)]
        case .running, .closing: return []
        case .pending, .ended: impossible("proceeding(\(host)) of a host that is not open")
        }
    }

    /// The remote end has taken the host's command.
    package mutating func running(_ host: Int, at now: Duration) -> [Action] {
        switch hosts[host] {
        case .connecting(var opened):
            var actions: [Action] = []
            startCommandDeadline(of: host, &opened, at: now, &actions)
            opened.since = now
            hosts[host] = .running(opened)
            return actions
        // Said again, or after the exit status: a phase is never left backwards.
        case .running, .closing: return []
        case .pending, .ended: impossible("running(\(host)) of a host that is not open")
        }
    }

    /// The exit status of the host's command has arrived.
    package mutating func closing(_ host: Int, at now: Duration) -> [Action] {
        switch hosts[host] {
        case .connecting(var opened):
            var actions: [Action] = []
            startCommandDeadline(of: host, &opened, at: now, &actions)
            opened.since = now
            hosts[host] = .closing(opened)
            return actions
        case .running(var opened):
            opened.since = now
            hosts[host] = .closing(opened)
            return []
        // Said again.
        case .closing: return []
        case .pending, .ended: impossible("closing(\(host)) of a host that is not open")
        }
    }

    /// The host's session has ended.
    ///
    /// `outcome` is what the session knows of the command; the host's outcome may differ if the
    /// session had been told to end. `closing` is how its connection was closed.
    package mutating func ended(
        _ host: Int, _ outcome: HostOutcome, closing: ClosingNote? = nil, at now: Duration
    ) -> [Action] {
        let opened: OpenHost
        switch hosts[host] {
        case .connecting(let known), .running(let known), .closing(let known): opened = known
        case .pending, .ended: impossible("ended(\(host)) of a host that is not open")
        }
        var actions: [Action] = []
        if opened.deadline != nil { actions.append(.clearDeadline(host: host)) }
        let outcome = opened.outcome(said: outcome)
        hosts[host] = .ended(outcome)
        open -= 1
        actions.append(.emit(.ended(host: host, outcome: outcome, closing: closing)))
        switch state {
        case .running:
            fillWindow(at: now, &actions)
            finishIfAllEnded(at: now, stoppedBy: nil, &actions)
        case .stopping(let signal):
            finishIfAllEnded(at: now, stoppedBy: signal, &actions)
        case .aborting(let signal):
            finishIfAllEnded(at: now, stoppedBy: signal, &actions)
        case .ready, .finished: impossible("ended(\(host))")
        }
        return actions
    }

    /// The host's deadline has passed.
    package mutating func deadlinePassed(
        _ host: Int, _ deadline: HostDeadline, at now: Duration
    ) -> [Action] {
        switch hosts[host] {
        case .connecting(var opened):
            let actions = passed(deadline, of: host, &opened, in: .connecting, at: now)
            hosts[host] = .connecting(opened)
            return actions
        case .running(var opened):
            let actions = passed(deadline, of: host, &opened, in: .running, at: now)
            hosts[host] = .running(opened)
            return actions
        case .closing(var opened):
            let actions = passed(deadline, of: host, &opened, in: .closing, at: now)
            hosts[host] = .closing(opened)
            return actions
        case .pending, .ended: impossible("\(deadline) deadline of host \(host) that is not open")
        }
    }

    private func passed(
        _ deadline: HostDeadline, of host: Int, _ opened: inout OpenHost, in phase: HostPhase,
        at now: Duration
    ) -> [Action] {
        guard opened.deadline == deadline else {
            impossible("\(deadline) deadline of host \(host), which has none")
        }
        switch deadline {
        case .connect:
            // No command runs there yet that could be signalled.
            opened.deadline = nil
            opened.stop = StopOrder(.deadline, in: phase, .abort)
            return [.stop(host: host, .abort)]
        case .command:
            opened.stop = StopOrder(.deadline, in: phase, .signal)
            opened.deadline = .grace
            return [
                .stop(host: host, .signal),
                .setDeadline(host: host, .grace, at: now + limits.stopGrace),
            ]
        case .grace:
            opened.deadline = nil
            opened.stop?.level = .abort
            return [.stop(host: host, .abort)]
        }
    }

    /// Replaces the connect deadline by the command's, unless the session was told to end already.
    private func startCommandDeadline(
        of host: Int, _ opened: inout OpenHost, at now: Duration, _ actions: inout [Action]
    ) {
        guard opened.stop == nil else { return }
        if let timeout = limits.commandTimeout {
            opened.deadline = .command
            actions.append(.setDeadline(host: host, .command, at: now + timeout))
        } else if opened.deadline != nil {
            opened.deadline = nil
            actions.append(.clearDeadline(host: host))
        }
    }
}
