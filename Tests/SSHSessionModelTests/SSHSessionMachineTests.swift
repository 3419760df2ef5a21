// SPDX-License-Identifier: Apache-2.0

import SSHSessionModel
import Testing

/// Something that can happen to a session.
enum SessionHappening: Hashable, CaseIterable {
    case connected, banner, keys, keyTrusted, keyRefused
    case accepted, deniedAll, deniedSome, partial, nothing
    case channel, refused, started
    case exited, signalled, outputEnded, channelClosed
    case connectionEnded, broken, failedHere, silent
    case termDue, killDue, abandoned, closed
    case timeConnecting, timeBanner, timeKeys, timeHostKey, timeAuthentication, timeChannel
    case timeExec, timeStreaming, timeClosing
}

extension SSHSessionMachine {
    /// Whether a driver that keeps its contract can tell this now.
    func allows(_ happening: SessionHappening) -> Bool {
        switch happening {
        case .connected: phase == .connecting
        case .banner: phase == .banner
        case .keys: phase == .keyExchange
        case .keyTrusted, .keyRefused: phase == .hostKey
        case .accepted, .deniedAll, .deniedSome, .partial, .nothing: phase == .authentication
        case .channel: phase == .channel
        case .refused: phase == .channel || phase == .exec
        case .started: phase == .exec
        case .closed: phase == .closing
        case .exited, .signalled, .outputEnded, .channelClosed, .connectionEnded, .broken,
            .failedHere, .silent, .termDue, .killDue, .abandoned, .timeConnecting, .timeBanner,
            .timeKeys, .timeHostKey, .timeAuthentication, .timeChannel, .timeExec, .timeStreaming,
            .timeClosing:
            true
        }
    }

    mutating func take(_ happening: SessionHappening) -> [Action] {
        switch happening {
        case .connected: connected()
        case .banner: bannerReceived()
        case .keys: keysExchanged()
        case .keyTrusted: hostKeyJudged(isTrusted: true)
        case .keyRefused: hostKeyJudged(isTrusted: false)
        case .accepted: answered(.accepted)
        case .deniedAll: answered(.denied([.publicKey, .keyboardInteractive, .password]))
        case .deniedSome: answered(.denied([.publicKey]))
        case .partial: answered(.partial([.password]))
        case .nothing: answered(.nothingToSay)
        case .channel: channelOpened()
        case .refused: refused()
        case .started: commandStarted()
        case .exited: statusArrived(.exited(3))
        case .signalled: statusArrived(.signalled("TERM"))
        case .outputEnded: outputEnded()
        case .channelClosed: channelClosed()
        case .connectionEnded: connectionEnded()
        case .broken: protocolBroken()
        case .failedHere: failedHere()
        case .silent: wentSilent()
        case .termDue: signalDue(.terminate)
        case .killDue: signalDue(.kill)
        case .abandoned: abandoned()
        case .closed: closed()
        case .timeConnecting: timePassed(in: .connecting)
        case .timeBanner: timePassed(in: .banner)
        case .timeKeys: timePassed(in: .keyExchange)
        case .timeHostKey: timePassed(in: .hostKey)
        case .timeAuthentication: timePassed(in: .authentication)
        case .timeChannel: timePassed(in: .channel)
        case .timeExec: timePassed(in: .exec)
        case .timeStreaming: timePassed(in: .streaming)
        case .timeClosing: timePassed(in: .closing)
        }
    }
}

@Suite struct `A session over ssh, in every order of events` {
    static let plans = [false, true]
        .flatMap { none in
            [false, true]
                .flatMap { agent in
                    [0, 2]
                        .flatMap { keys in
                            [false, true]
                                .map {
                                    SSHAuthenticationPlan(
                                        beginsWithNone: none, usesAgent: agent, keyCount: keys,
                                        canAsk: $0)
                                }
                        }
                }
        }

    /// Visits every reachable state, and calls the body with each step.
    private func explore(
        _ plan: SSHAuthenticationPlan,
        _ body: (SSHSessionMachine, SessionHappening, [SSHSessionMachine.Action], SSHSessionMachine)
            -> Void
    ) -> Set<SSHSessionMachine> {
        let start = SSHSessionMachine(plan: plan)
        var seen: Set = [start]
        var queue = [start]
        while let machine = queue.popLast() {
            for happening in SessionHappening.allCases where machine.allows(happening) {
                var next = machine
                let actions = next.take(happening)
                body(machine, happening, actions, next)
                if seen.insert(next).inserted { queue.append(next) }
            }
        }
        return seen
    }

    @Test(arguments: plans)
    func `ends once, after its connection was closed`(plan: SSHAuthenticationPlan) {
        var ends: Set<SSHSessionEnd> = []
        let states = explore(plan) { before, happening, actions, after in
            let ended = actions.compactMap { if case .end(let end) = $0 { end } else { nil } }
            ends.formUnion(ended)
            #expect(ended.isEmpty || (before.phase == .closing && happening == .closed))
            #expect(before.phase != nil || (actions.isEmpty && after == before))
            let closing = actions.filter { $0 == .disconnect || $0 == .reset }
            #expect(
                (before.phase != .closing && after.phase == .closing) == (closing.count == 1)
                    || (before.phase == .closing && closing == [.reset]))
        }
        #expect(states.count > 20)
        // The ways to end that every plan has.
        #expect(ends.contains(.failed(.hostKeyRefused, .hostKey)))
        #expect(ends.contains(.failed(.timePassed, .keyExchange)))
        #expect(ends.contains(.stopped(.banner)))
    }

    @Test(arguments: plans)
    func `can be abandoned from everywhere`(plan: SSHAuthenticationPlan) {
        for state in explore(plan, { _, _, _, _ in }) where state.phase != nil {
            var machine = state
            _ = machine.abandoned()
            let actions = machine.closed()
            #expect(actions.count == 1)
            #expect(machine.phase == nil)
        }
    }

    @Test(arguments: plans)
    func `goes through its phases in order`(plan: SSHAuthenticationPlan) {
        let order = SSHPhase.allCases
        _ = explore(plan) { before, _, actions, after in
            for action in actions {
                guard case .enter(let phase) = action, let old = before.phase else { continue }
                #expect(order.firstIndex(of: old) ?? 9 < order.firstIndex(of: phase) ?? 0)
                #expect(after.phase == phase)
            }
        }
    }

    @Test(arguments: plans)
    func `tries nothing twice, and one answer at most`(plan: SSHAuthenticationPlan) {
        // Every path of refusals, by their answers.
        func follow(_ machine: SSHSessionMachine, tried: [SSHAttempt]) {
            guard case .authenticating(let attempt) = machine.state else { return }
            #expect(!tried.contains(attempt))
            let all = tried + [attempt]
            #expect(all.count { $0 == .keyboardInteractive || $0 == .password } <= 1)
            for happening: SessionHappening in [.deniedAll, .deniedSome, .partial, .nothing] {
                var next = machine
                _ = next.take(happening)
                follow(next, tried: all)
            }
        }
        var machine = SSHSessionMachine(plan: plan)
        for happening: SessionHappening in [.connected, .banner, .keys, .keyTrusted] {
            _ = machine.take(happening)
        }
        follow(machine, tried: [])
    }

    @Test func `keeps the first word about the command's end`() {
        var machine = streaming()
        #expect(machine.statusArrived(.exited(3)) == [.statusArrived])
        #expect(machine.statusArrived(.signalled("KILL")).isEmpty)
        #expect(machine.outputEnded() == [.enter(.closing), .disconnect])
        #expect(machine.closed() == [.end(.finished(.exited(3)))])
    }

    @Test func `waits for the output's end, and for the status, in either order`() {
        var machine = streaming()
        #expect(machine.outputEnded().isEmpty)
        #expect(
            machine.statusArrived(.exited(0)) == [.statusArrived, .enter(.closing), .disconnect])
    }

    @Test func `has no status when the channel closes without one`() {
        var machine = streaming()
        _ = machine.channelClosed()
        #expect(machine.closed() == [.end(.finished(nil))])
    }

    @Test func `signals a command that runs, and none that has ended`() {
        var machine = streaming()
        #expect(machine.signalDue(.terminate) == [.sendSignal(.terminate)])
        _ = machine.statusArrived(.exited(0))
        #expect(machine.signalDue(.kill).isEmpty)
    }

    private func streaming() -> SSHSessionMachine {
        var machine = SSHSessionMachine(
            plan: SSHAuthenticationPlan(
                beginsWithNone: false, usesAgent: false, keyCount: 1, canAsk: false))
        for happening: SessionHappening in [
            .connected, .banner, .keys, .keyTrusted, .accepted, .channel, .started,
        ] {
            _ = machine.take(happening)
        }
        return machine
    }
}

@Suite struct `A secret that is asked for once` {
    @Test func `is tried by one session, and given to the others when it is right`() {
        var answer = SharedAnswer()
        #expect(answer.wanted(by: 1) == [.ask])
        #expect(answer.wanted(by: 2).isEmpty)
        #expect(answer.wanted(by: 3).isEmpty)
        #expect(answer.answered(isGiven: true) == [.give(1)])
        #expect(answer.found(.right, by: 1) == [.give(2), .give(3)])
        #expect(answer.wanted(by: 4) == [.give(4)])
    }

    @Test func `is given to nobody else when it is wrong`() {
        var answer = SharedAnswer()
        _ = answer.wanted(by: 1)
        _ = answer.wanted(by: 2)
        _ = answer.answered(isGiven: true)
        #expect(answer.found(.wrong, by: 1) == [.refuse(2)])
        #expect(answer.wanted(by: 3) == [.refuse(3)])
    }

    /// Sessions want, end and find out in every order.
    @Test func `in every order is under trial by one session at most, and forgets nobody`() {
        let sessions = 1...3
        var seen: Set<SharedAnswer> = []
        var queue = [SharedAnswer()]
        while let answer = queue.popLast() {
            guard seen.insert(answer).inserted else { continue }
            var events: [(inout SharedAnswer) -> [SharedAnswer.Action]] = [
                { $0.answered(isGiven: true) }, { $0.answered(isGiven: false) },
            ]
            for session in sessions {
                if !answer.waiting.contains(session), answer.state != .onTrial(session) {
                    events.append { $0.wanted(by: session) }
                }
                events.append { $0.withdrawn(by: session) }
                for finding: SharedAnswer.Finding in [.right, .wrong, .nothing] {
                    events.append { $0.found(finding, by: session) }
                }
            }
            for event in events {
                var next = answer
                let actions = event(&next)
                let given = actions.count { if case .give = $0 { true } else { false } }
                if next.state != .right { #expect(given <= 1) }
                // Who no longer waits was told, or has withdrawn.
                switch next.state {
                case .right, .wrong, .declined, .untried, .unasked: #expect(next.waiting.isEmpty)
                case .asking, .onTrial: break
                }
                queue.append(next)
            }
        }
        #expect(seen.count > 20)
    }
}
