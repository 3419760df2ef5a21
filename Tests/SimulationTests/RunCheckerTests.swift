// SPDX-License-Identifier: Apache-2.0

import RunModel
import Simulation
import Testing

/// What the checker of the simulations must see.
@Suite struct RunCheckerTests {
    private static func faults(
        targets: Int = 2, fanout: Int = 1, _ kinds: [RunEvent.Kind]
    ) -> [String] {
        let checker = RunChecker(
            targets: targets,
            limits: RunLimits(fanout: fanout, connectTimeout: nil, commandTimeout: nil),
            clock: VirtualClock())
        for kind in kinds { checker.receive(RunEvent(at: .zero, kind)) }
        checker.checkWindow()
        return checker.faults
    }

    private static func summary(_ outcomes: [HostOutcome]) -> RunSummary {
        RunSummary(outcomes: outcomes, duration: .zero)
    }

    private static func ended(_ host: Int) -> RunEvent.Kind {
        .ended(host: host, outcome: .exited(0), closing: nil)
    }

    @Test func `a run that keeps its promises has no faults`() {
        let faults = Self.faults([
            .began(targets: 2), .connecting(host: 0), .running(host: 0), .closing(host: 0),
            Self.ended(0), .connecting(host: 1), Self.ended(1),
            .finished(Self.summary([.exited(0), .exited(0)])),
        ])
        #expect(faults == [])
    }

    @Test(
        arguments: [
            ("exceeded", [.connecting(host: 0), .connecting(host: 1)]),
            ("places used while", []),
            ("places used while", [.connecting(host: 0), ended(0)]),
            ("turn comes twice", [.connecting(host: 0), ended(0), .connecting(host: 0)]),
            ("ends twice", [.connecting(host: 0), ended(0), ended(0)]),
            ("never started", [ended(0)]),
            ("closes from elsewhere", [.connecting(host: 0), .closing(host: 0)]),
            ("does not run", [.output(host: 0, stream: .standardOutput, bytes: [0])]),
            ("runs from elsewhere", [.connecting(host: 0), ended(0), .running(host: 0)]),
            ("after the stop", [.interrupted(.stopping(signal: 2)), .connecting(host: 0)]),
            ("0 of 2 ended", [.finished(summary([.exited(0), .exited(0)]))]),
            (
                "an outcome is missing",
                [
                    .connecting(host: 0), ended(0), .connecting(host: 1), ended(1),
                    .finished(summary([.exited(0)])),
                ]
            ),
            (
                "another outcome",
                [
                    .connecting(host: 0), ended(0), .connecting(host: 1), ended(1),
                    .finished(summary([.exited(0), .exited(1)])),
                ]
            ),
            (
                "after the end",
                [
                    .connecting(host: 0), ended(0), .connecting(host: 1), ended(1),
                    .finished(summary([.exited(0), .exited(0)])), .notice(host: 0, text: "late"),
                ]
            ),
        ] as [(String, [RunEvent.Kind])])
    func `a broken promise is seen`(fault: String, events: [RunEvent.Kind]) {
        let faults = Self.faults([.began(targets: 2)] + events)
        #expect(faults.contains { $0.contains(fault) }, "\(faults)")
    }

    @Test func `a time that goes back is seen`() {
        let checker = RunChecker(
            targets: 0, limits: RunLimits(fanout: 1, connectTimeout: nil, commandTimeout: nil),
            clock: VirtualClock())
        checker.receive(RunEvent(at: .seconds(2), .began(targets: 0)))
        checker.receive(RunEvent(at: .seconds(1), .interrupted(.status([]))))
        #expect(checker.faults.contains { $0.contains("time goes back") })
    }
}
