// SPDX-License-Identifier: Apache-2.0

import RunModel
import Testing

@Suite struct FanOutMachineTests {
    /// A run in which every kind of deadline exists.
    private static let limits = RunLimits(
        fanout: 2, connectTimeout: .seconds(10), commandTimeout: .seconds(60),
        stopGrace: .seconds(5))

    private static func started(
        targets: Int = 1, limits: RunLimits = FanOutMachineTests.limits
    ) -> FanOutMachine {
        var machine = FanOutMachine(targets: targets, limits: limits)
        _ = machine.start(at: .zero)
        return machine
    }

    /// The first host in a phase, one second after it was started.
    private static func inPhase(_ phase: HostPhase, targets: Int = 1) -> FanOutMachine {
        var machine = started(targets: targets)
        switch phase {
        case .pending, .connecting, .ended: break
        case .running: _ = machine.running(0, at: .seconds(1))
        case .closing:
            _ = machine.running(0, at: .seconds(1))
            _ = machine.closing(0, at: .seconds(1))
        }
        return machine
    }

    @Test func `a run starts as many hosts as its window holds, in order`() {
        var machine = FanOutMachine(targets: 3, limits: Self.limits)
        #expect(
            machine.start(at: .zero) == [
                .emit(.began(targets: 3)),
                .emit(.connecting(host: 0)), .connect(host: 0),
                .setDeadline(host: 0, .connect, at: .seconds(10)),
                .emit(.connecting(host: 1)), .connect(host: 1),
                .setDeadline(host: 1, .connect, at: .seconds(10)),
            ])
    }

    @Test func `a run without targets finishes at once`() {
        var machine = FanOutMachine(targets: 0, limits: Self.limits)
        let summary = RunSummary(outcomes: [], duration: .zero)
        #expect(
            machine.start(at: .zero) == [
                .emit(.began(targets: 0)), .emit(.finished(summary)), .finish(summary),
            ])
    }

    @Test func `the host that ends gives its place to the next`() {
        var machine = Self.started(targets: 3)
        #expect(
            machine.ended(1, .exited(3), at: .seconds(2)) == [
                .clearDeadline(host: 1),
                .emit(.ended(host: 1, outcome: .exited(3), closing: nil)),
                .emit(.connecting(host: 2)), .connect(host: 2),
                .setDeadline(host: 2, .connect, at: .seconds(12)),
            ])
    }

    @Test func `the last host to end finishes the run, outcomes in the order of the targets`() {
        var machine = Self.started(targets: 2)
        _ = machine.ended(1, .exited(1), at: .seconds(1))
        let note = ClosingNote(closedFirst: "remote", leftHere: "nothing", localPort: 1023)
        let summary = RunSummary(outcomes: [.exited(0), .exited(1)], duration: .seconds(3))
        #expect(
            machine.ended(0, .exited(0), closing: note, at: .seconds(3)) == [
                .clearDeadline(host: 0),
                .emit(.ended(host: 0, outcome: .exited(0), closing: note)),
                .emit(.finished(summary)), .finish(summary),
            ])
        #expect(machine.state == .finished)
    }

    @Test func `the command deadline replaces the connect deadline when the command runs`() {
        var machine = Self.started()
        #expect(
            machine.running(0, at: .seconds(4))
                == [.setDeadline(host: 0, .command, at: .seconds(64))])
        #expect(machine.closing(0, at: .seconds(5)) == [])
    }

    @Test func `waiting for this machine is no time it takes to connect`() {
        var machine = Self.started()
        #expect(machine.waiting(0, at: .seconds(1)) == [.clearDeadline(host: 0)])
        #expect(machine.waiting(0, at: .seconds(2)) == [])
        let all = machine.limits.connectTimeout ?? .zero
        #expect(
            machine.proceeding(0, at: .seconds(900))
                == [.setDeadline(host: 0, .connect, at: .seconds(900) + all)])
        #expect(machine.proceeding(0, at: .seconds(901)) == [])
    }

    @Test func `a host that was told to end gets no new deadline when its wait is over`() {
        var machine = Self.started()
        _ = machine.waiting(0, at: .seconds(1))
        _ = machine.interrupted(by: 15, at: .seconds(2))
        _ = machine.deadlinePassed(0, .grace, at: .seconds(7))
        #expect(machine.proceeding(0, at: .seconds(8)) == [])
    }

    @Test func `without a command timeout a command may run for ever`() {
        var machine = Self.started(
            limits: RunLimits(fanout: 1, connectTimeout: .seconds(1), commandTimeout: nil))
        #expect(machine.running(0, at: .zero) == [.clearDeadline(host: 0)])
        #expect(
            machine.ended(0, .exited(0), at: .seconds(900)).first
                == .emit(.ended(host: 0, outcome: .exited(0), closing: nil)))
    }

    @Test func `without timeouts there are no deadlines`() {
        var machine = FanOutMachine(
            targets: 1, limits: RunLimits(fanout: 1, connectTimeout: nil, commandTimeout: nil))
        #expect(
            machine.start(at: .zero)
                == [.emit(.began(targets: 1)), .emit(.connecting(host: 0)), .connect(host: 0)])
        #expect(machine.running(0, at: .zero) == [])
    }

    @Test func `an exit status that comes before the command was seen running starts its deadline`()
    {
        var machine = Self.started()
        #expect(
            machine.closing(0, at: .seconds(1))
                == [.setDeadline(host: 0, .command, at: .seconds(61))])
        // The phase is never left backwards.
        #expect(machine.running(0, at: .seconds(2)) == [])
        #expect(machine.hosts[0].phase == .closing)
    }

    @Test func `a host that takes too long to connect is reset`() {
        var machine = Self.started()
        #expect(
            machine.deadlinePassed(0, .connect, at: .seconds(10)) == [.stop(host: 0, .abort)])
    }

    @Test func `a command that takes too long is signalled, then reset`() {
        var machine = Self.inPhase(.running)
        #expect(
            machine.deadlinePassed(0, .command, at: .seconds(61)) == [
                .stop(host: 0, .signal), .setDeadline(host: 0, .grace, at: .seconds(66)),
            ])
        #expect(machine.deadlinePassed(0, .grace, at: .seconds(66)) == [.stop(host: 0, .abort)])
    }

    // MARK: What a host's outcome is once it was told to end

    private static let failure = HostFailure(.connectionLost, "gone")

    @Test(arguments: [
        // An exit code that came although nobody had signalled the command is its own.
        (HostPhase.connecting, HostOutcome.exited(0), HostOutcome.exited(0)),
        (.connecting, .signalled(9), .timedOut(.connecting)),
        (.connecting, .notReached(failure), .timedOut(.connecting)),
        (.connecting, .noStatus(failure), .timedOut(.connecting)),
        // A signalled command may trap the signal and exit with anything.
        (.running, .exited(0), .timedOut(.running)),
        (.running, .exited(143), .timedOut(.running)),
        (.running, .signalled(15), .timedOut(.running)),
        (.running, .noStatus(failure), .timedOut(.running)),
        // A status known before the deadline stays.
        (.closing, .exited(0), .exited(0)),
        (.closing, .signalled(11), .signalled(11)),
        (.closing, .noStatus(failure), .timedOut(.closing)),
    ])
    func `after a deadline the host timed out, unless its status is its own`(
        phase: HostPhase, said: HostOutcome, expected: HostOutcome
    ) throws {
        var machine = Self.inPhase(phase)
        _ = machine.deadlinePassed(0, phase == .connecting ? .connect : .command, at: .seconds(61))
        let actions = machine.ended(0, said, at: .seconds(62))
        #expect(actions.contains(.emit(.ended(host: 0, outcome: expected, closing: nil))))
    }

    @Test(arguments: [
        (HostPhase.connecting, HostOutcome.exited(0), HostOutcome.cancelled(.connecting)),
        (.connecting, .notReached(failure), .cancelled(.connecting)),
        (.running, .exited(0), .cancelled(.running)),
        (.running, .signalled(15), .cancelled(.running)),
        (.closing, .exited(7), .exited(7)),
        (.closing, .cancelled(.closing), .cancelled(.closing)),
    ])
    func `a stopped host is cancelled, unless its status is its own`(
        phase: HostPhase, said: HostOutcome, expected: HostOutcome
    ) {
        var machine = Self.inPhase(phase)
        _ = machine.interrupted(by: 15, at: .seconds(2))
        let actions = machine.ended(0, said, at: .seconds(3))
        #expect(actions.contains(.emit(.ended(host: 0, outcome: expected, closing: nil))))
    }

    @Test(arguments: [
        (HostPhase.connecting, HostOutcome.exited(0), HostOutcome.exited(0)),
        (.running, .exited(4), .exited(4)),
        (.running, .signalled(9), .cancelled(.running)),
        (.running, .noStatus(failure), .cancelled(.running)),
        (.closing, .signalled(9), .signalled(9)),
    ])
    func `a host reset without a signal keeps an exit code`(
        phase: HostPhase, said: HostOutcome, expected: HostOutcome
    ) {
        var machine = Self.inPhase(phase)
        _ = machine.cancelled(at: .seconds(2))
        let actions = machine.ended(0, said, at: .seconds(3))
        #expect(actions.contains(.emit(.ended(host: 0, outcome: expected, closing: nil))))
    }

    @Test func `a host that timed out before the run was stopped stays timed out`() {
        var machine = Self.inPhase(.running)
        _ = machine.deadlinePassed(0, .command, at: .seconds(61))
        #expect(
            machine.interrupted(by: 15, at: .seconds(62))
                == [.emit(.interrupted(.stopping(signal: 15)))])
        let actions = machine.ended(0, .signalled(15), at: .seconds(63))
        #expect(
            actions.contains(.emit(.ended(host: 0, outcome: .timedOut(.running), closing: nil))))
    }

    // MARK: Interruptions

    @Test func `the first interrupt says who is pending, the longest in its phase first`() {
        var machine = Self.started(targets: 3)
        _ = machine.running(0, at: .seconds(3))
        #expect(
            machine.interrupted(by: 2, at: .seconds(4)) == [
                .emit(
                    .interrupted(
                        .status([
                            PendingHost(host: 1, phase: .connecting, since: .zero),
                            PendingHost(host: 0, phase: .running, since: .seconds(3)),
                        ])))
            ])
    }

    @Test func `the second interrupt stops the run in order, the third resets what is left`() {
        var machine = Self.started(targets: 3)
        _ = machine.interrupted(by: 2, at: .seconds(1))
        #expect(
            machine.interrupted(by: 2, at: .seconds(2)) == [
                .emit(.interrupted(.stopping(signal: 2))),
                .stop(host: 0, .signal), .setDeadline(host: 0, .grace, at: .seconds(7)),
                .stop(host: 1, .signal), .setDeadline(host: 1, .grace, at: .seconds(7)),
                .emit(.ended(host: 2, outcome: .notStarted, closing: nil)),
            ])
        #expect(
            machine.interrupted(by: 2, at: .seconds(3)) == [
                .emit(.interrupted(.aborting(signal: 2))),
                .stop(host: 0, .abort), .clearDeadline(host: 0),
                .stop(host: 1, .abort), .clearDeadline(host: 1),
            ])
        #expect(machine.interrupted(by: 2, at: .seconds(3)) == [])
    }

    @Test(arguments: [Int32(15), 1]) func `other signals stop the run at once, the second resets`(
        signal: Int32
    ) {
        var machine = Self.started(targets: 1)
        #expect(
            machine.interrupted(by: signal, at: .zero) == [
                .emit(.interrupted(.stopping(signal: signal))),
                .stop(host: 0, .signal), .setDeadline(host: 0, .grace, at: .seconds(5)),
            ])
        #expect(
            machine.interrupted(by: signal, at: .zero) == [
                .emit(.interrupted(.aborting(signal: signal))),
                .stop(host: 0, .abort), .clearDeadline(host: 0),
            ])
    }

    @Test func `the summary names the signal that stopped the run first`() {
        var machine = Self.started(targets: 2)
        _ = machine.interrupted(by: 15, at: .zero)
        _ = machine.interrupted(by: 2, at: .zero)
        _ = machine.ended(0, .cancelled(.connecting), at: .zero)
        let summary = RunSummary(
            outcomes: [.cancelled(.connecting), .cancelled(.connecting)], stoppedBy: 15,
            duration: .seconds(1))
        #expect(
            machine.ended(1, .cancelled(.connecting), at: .seconds(1)).last == .finish(summary))
    }

    @Test func `an interrupt after the end is ignored`() {
        var machine = FanOutMachine(targets: 0, limits: Self.limits)
        _ = machine.start(at: .zero)
        #expect(machine.interrupted(by: 2, at: .seconds(1)) == [])
        #expect(machine.cancelled(at: .seconds(1)) == [])
    }

    @Test func `a run cancelled before it starts contacts nobody`() {
        var machine = FanOutMachine(targets: 2, limits: Self.limits)
        let summary = RunSummary(outcomes: [.notStarted, .notStarted], duration: .zero)
        #expect(
            machine.cancelled(at: .zero) == [
                .emit(.began(targets: 2)),
                .emit(.ended(host: 0, outcome: .notStarted, closing: nil)),
                .emit(.ended(host: 1, outcome: .notStarted, closing: nil)),
                .emit(.finished(summary)), .finish(summary),
            ])
    }

    // MARK: Our own faults

    @Test func `a host cannot end twice`() async {
        await #expect(processExitsWith: .failure) {
            var machine = FanOutMachine(
                targets: 2,
                limits: RunLimits(fanout: 2, connectTimeout: nil, commandTimeout: nil))
            _ = machine.start(at: .zero)
            _ = machine.ended(0, .exited(0), at: .zero)
            _ = machine.ended(0, .exited(0), at: .zero)
        }
    }

    @Test func `a deadline that was never set cannot pass`() async {
        await #expect(processExitsWith: .failure) {
            var machine = FanOutMachine(
                targets: 1,
                limits: RunLimits(fanout: 1, connectTimeout: nil, commandTimeout: nil))
            _ = machine.start(at: .zero)
            _ = machine.deadlinePassed(0, .connect, at: .zero)
        }
    }
}
