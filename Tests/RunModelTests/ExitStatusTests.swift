// SPDX-License-Identifier: Apache-2.0

import RunModel
import Testing

@Suite struct ExitStatusTests {
    private static let failure = HostFailure(.connectionRefused, "nothing listens")

    private static func summary(_ outcomes: [HostOutcome], stoppedBy: Int32? = nil) -> RunSummary {
        RunSummary(outcomes: outcomes, stoppedBy: stoppedBy, duration: .zero)
    }

    @Test(
        arguments: [
            ([], 0),
            ([.exited(0), .exited(0)], 0),
            ([.exited(0), .exited(7)], 1),
            ([.exited(0), .signalled(9)], 1),
            ([.exited(7), .notReached(failure)], 3),
            ([.exited(7), .noStatus(failure)], 3),
            ([.exited(0), .cancelled(.running)], 3),
            ([.exited(0), .notStarted], 3),
            ([.exited(7), .notReached(failure), .timedOut(.running)], 4),
        ] as [([HostOutcome], Int32)])
    func `the worst class of the table wins`(outcomes: [HostOutcome], expected: Int32) {
        #expect(ExitStatus.of(Self.summary(outcomes), outputLost: false) == expected)
    }

    @Test(arguments: [[HostOutcome.exited(0)], [.timedOut(.connecting)], [.notReached(failure)]])
    func `output that was lost comes before what hosts did`(outcomes: [HostOutcome]) {
        #expect(ExitStatus.of(Self.summary(outcomes), outputLost: true) == 5)
    }

    @Test(arguments: [2, 15, 1] as [Int32]) func `a signal that stopped the run comes first`(
        signal: Int32
    ) {
        let summary = Self.summary([.timedOut(.running), .notStarted], stoppedBy: signal)
        #expect(ExitStatus.of(summary, outputLost: true) == 128 + signal)
    }

    @Test(
        arguments: [
            ([], false, 0),
            ([.exited(0), .exited(7), .exited(3)], false, 7),
            ([.exited(7), .signalled(9)], false, 137),
            ([.exited(7), .notReached(failure)], false, 255),
            ([.noStatus(failure)], false, 255),
            ([.timedOut(.running)], false, 255),
            ([.cancelled(.running), .notStarted], false, 255),
            ([.exited(0)], true, 5),
            ([.exited(7)], true, 7),
        ] as [([HostOutcome], Bool, Int32)])
    func `the largest remote code, where it was asked for`(
        outcomes: [HostOutcome], outputLost: Bool, expected: Int32
    ) {
        let status = ExitStatus.of(
            Self.summary(outcomes), outputLost: outputLost, choice: .max)
        #expect(status == expected)
    }

    @Test func `only a run in which every host ended with 0 exits with 0`() {
        let others: [HostOutcome] = [
            .exited(1), .exited(255), .signalled(1), .noStatus(Self.failure),
            .notReached(Self.failure), .timedOut(.closing), .cancelled(.pending), .notStarted,
        ]
        for choice in ExitStatus.Choice.allCases {
            for other in others {
                let summary = Self.summary([.exited(0), other])
                #expect(ExitStatus.of(summary, outputLost: false, choice: choice) != 0)
            }
        }
    }

    @Test func `every outcome is counted in one line of the summary`() {
        let outcomes: [HostOutcome] = [
            .exited(0), .exited(0), .exited(1), .signalled(2), .noStatus(Self.failure),
            .notReached(Self.failure), .timedOut(.running), .cancelled(.closing), .notStarted,
        ]
        #expect(
            Self.summary(outcomes).totals == [
                .ok: 2, .failed: 1, .signalled: 1, .noStatus: 1, .notReached: 1, .timedOut: 1,
                .cancelled: 1, .notStarted: 1,
            ])
    }
}
