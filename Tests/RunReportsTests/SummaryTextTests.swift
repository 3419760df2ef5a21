// SPDX-License-Identifier: Apache-2.0

import RunModel
import RunReports
import SeededRandom
import Testing

@Suite struct `Summary` {
    @Test func `counts every target and names those that are not ok`() {
        let refused = HostFailure(.connectionRefused, "10.0.0.7:514: connection refused")
        let lost = HostFailure(.connectionLost, "reset after 3 bytes")
        let outcomes: [HostOutcome] = [
            .exited(0), .exited(3), .exited(1), .exited(3), .signalled(9), .noStatus(lost),
            .notReached(refused), .notReached(HostFailure(.noAnswer, "")), .notReached(refused),
            .timedOut(.running), .timedOut(.connecting), .cancelled(.running), .notStarted,
        ]
        let result = written(
            by: SummaryText(names: names(13)), [.finished(outcomes, after: 22.19, stoppedBy: 2)])
        #expect(
            result.error == """
                lastcall: 13 hosts: 1 ok, 3 failed, 1 killed by a signal, 1 without exit status, \
                3 not reached, 2 timed out, 1 stopped, 1 not started in 22.1 s, stopped by \
                signal 2 (INT)
                  exit 3 (2): node1,node3
                  exit 1 (1): node2
                  killed by signal 9 (KILL) (1): node4
                  no exit status: connection lost (1): node5
                  not reached: connection refused (2): node6,node8
                  not reached: no answer (1): node7
                  timed out while running (1): node9
                  timed out while connecting (1): node10
                  stopped while running (1): node11
                  not started (1): node12

                """)
        #expect(result.output == "")
    }

    @Test(arguments: [
        (0.319, "0.31 s"), (9.999, "9.99 s"), (59.99, "59.9 s"), (185, "3 min 05 s"),
        (7_620, "2 h 07 min"), (0, "0.00 s"),
    ])
    func `says one line when all is well`(seconds: Double, shown: String) {
        let result = written(
            by: SummaryText(names: names(1)), [.finished([.exited(0)], after: seconds)])
        #expect(result.error == "lastcall: 1 host: 1 ok in \(shown)\n")
    }

    @Test(arguments: 0..<20)
    func `adds up to the number of targets`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        let possible: [HostOutcome] = [
            .exited(0), .exited(1), .exited(2), .signalled(15), .notStarted, .cancelled(.closing),
            .timedOut(.running), .noStatus(HostFailure(.protocolError, "?")),
        ]
        let outcomes = (0..<50).compactMap { _ in possible.randomElement(using: &random) }
        let text = SummaryText(names: names(50))
            .text(
                of: RunSummary(outcomes: outcomes, duration: .zero))
        let lines = text.split(separator: "\n")
        let headline = lines[0].split(separator: " ").compactMap { Int($0) }
        #expect(headline.first == 50)
        #expect(headline.dropFirst().reduce(0, +) == 50)
        let named = lines.dropFirst()
            .flatMap { $0.split(separator: " ").last?.split(separator: ",") ?? [] }
        #expect(Set(named).count == outcomes.count { $0 != .exited(0) })
        #expect(named.count == Set(named).count)
    }
}
