// SPDX-License-Identifier: Apache-2.0

import RunModel

/// Visits every state a small run can be in and checks every transition from outside.
///
/// Time stands still: the machine only stores and adds times, so that the order of events, which is
/// what is explored, does not depend on them.
struct FanOutExploration {
    /// One event a run can be told.
    enum Move: Hashable {
        case start
        case waiting(Int)
        case proceeding(Int)
        case running(Int)
        case closing(Int)
        case ended(Int, HostOutcome)
        case deadlinePassed(Int, HostDeadline)
        case interrupted(Int32)
        case cancelled
    }

    /// The outcomes sessions say.
    var said: [HostOutcome] = [.exited(0)]
    /// The signals that may arrive, at any moment and any number of times.
    var signals: [Int32] = []
    /// Whether the task of the run may be cancelled at any moment.
    var cancellation = false

    private(set) var states = 0
    private(set) var transitions = 0
    /// Broken invariants, each with the move that broke it.
    private(set) var faults: [String] = []

    init(said: [HostOutcome] = [.exited(0)], signals: [Int32] = [], cancellation: Bool = false) {
        self.said = said
        self.signals = signals
        self.cancellation = cancellation
    }

    mutating func explore(targets: Int, limits: RunLimits) {
        let first = FanOutMachine(targets: targets, limits: limits)
        var seen: Set<FanOutMachine> = [first]
        var frontier = [first]
        while let machine = frontier.popLast(), faults.isEmpty {
            let moves = moves(from: machine)
            if moves.isEmpty, machine.state != .finished {
                faults.append("a run that is \(machine.state) waits for nothing: \(machine.hosts)")
            }
            for move in moves {
                var after = machine
                let actions = after.perform(move)
                transitions += 1
                var reported: Int?
                if case .deadlinePassed(let host, _) = move { reported = host }
                let check = TransitionCheck(
                    before: machine, after: after, actions, reported: reported)
                if let fault = check.fault {
                    faults.append("\(move): \(fault); \(actions); \(machine) -> \(after)")
                }
                if seen.insert(after).inserted { frontier.append(after) }
            }
        }
        states += seen.count
    }

    private func moves(from machine: FanOutMachine) -> [Move] {
        var moves: [Move] = []
        if machine.state == .ready {
            moves.append(.start)
        } else {
            moves += signals.map(Move.interrupted)
        }
        if cancellation { moves.append(.cancelled) }
        for (host, state) in machine.hosts.enumerated() {
            let opened: OpenHost
            switch state {
            case .pending, .ended: continue
            case .connecting(let known):
                opened = known
                moves += [.waiting(host), .proceeding(host), .running(host), .closing(host)]
            case .running(let known):
                opened = known
                moves.append(.closing(host))
            case .closing(let known): opened = known
            }
            moves += said.map { .ended(host, $0) }
            if let deadline = opened.deadline { moves.append(.deadlinePassed(host, deadline)) }
        }
        // A run that has finished may still be interrupted; nothing else can happen to it.
        return machine.state == .finished && signals.isEmpty && !cancellation ? [] : moves
    }
}

extension FanOutMachine {
    fileprivate mutating func perform(_ move: FanOutExploration.Move) -> [Action] {
        switch move {
        case .start: start(at: .zero)
        case .waiting(let host): waiting(host, at: .zero)
        case .proceeding(let host): proceeding(host, at: .zero)
        case .running(let host): running(host, at: .zero)
        case .closing(let host): closing(host, at: .zero)
        case .ended(let host, let outcome): ended(host, outcome, at: .zero)
        case .deadlinePassed(let host, let deadline): deadlinePassed(host, deadline, at: .zero)
        case .interrupted(let signal): interrupted(by: signal, at: .zero)
        case .cancelled: cancelled(at: .zero)
        }
    }
}
