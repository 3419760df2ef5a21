// SPDX-License-Identifier: Apache-2.0

import RunModel
import Testing

@Suite struct FanOutExplorationTests {
    private static let failure = HostFailure(.connectionLost, "gone")

    private static func limits(fanout: Int, deadlines: Bool) -> RunLimits {
        RunLimits(
            fanout: fanout, connectTimeout: deadlines ? .seconds(1) : nil,
            commandTimeout: deadlines ? .seconds(1) : nil)
    }

    @Test(arguments: [(0, 1), (1, 1), (1, 3), (2, 1), (3, 2), (4, 2), (5, 3), (5, 5)])
    func `no order of phases breaks the window or loses a host`(targets: Int, fanout: Int) {
        var exploration = FanOutExploration()
        exploration.explore(
            targets: targets, limits: Self.limits(fanout: fanout, deadlines: false))
        #expect(exploration.faults == [])
    }

    @Test(arguments: [(1, 1), (2, 1), (2, 2), (3, 2), (4, 2)])
    func `no order of deadlines loses a host or a deadline`(targets: Int, fanout: Int) {
        var exploration = FanOutExploration()
        exploration.explore(
            targets: targets, limits: Self.limits(fanout: fanout, deadlines: true))
        #expect(exploration.faults == [])
    }

    @Test(arguments: [(0, 1), (1, 1), (2, 1), (2, 2), (3, 2), (3, 3)])
    func `no order of deadlines, signals and cancellation loses a host or a deadline`(
        targets: Int, fanout: Int
    ) {
        var exploration = FanOutExploration(signals: [2, 15], cancellation: true)
        exploration.explore(
            targets: targets, limits: Self.limits(fanout: fanout, deadlines: true))
        #expect(exploration.faults == [])
    }

    @Test(arguments: [(1, 1), (2, 1), (2, 2)])
    func `no outcome a session can say loses a host`(targets: Int, fanout: Int) {
        let said: [HostOutcome] = [
            .exited(0), .exited(3), .signalled(15), .noStatus(Self.failure),
            .notReached(Self.failure), .cancelled(.running), .timedOut(.connecting),
        ]
        var exploration = FanOutExploration(said: said, signals: [2, 15], cancellation: true)
        exploration.explore(
            targets: targets, limits: Self.limits(fanout: fanout, deadlines: true))
        #expect(exploration.faults == [])
    }

    @Test func `the exploration sees as many states as there are`() {
        // One host, no deadline, no signal: ready, connecting, running, closing, finished.
        var exploration = FanOutExploration()
        exploration.explore(targets: 1, limits: Self.limits(fanout: 1, deadlines: false))
        #expect(exploration.states == 5)
        #expect(exploration.transitions == 9)
    }
}
