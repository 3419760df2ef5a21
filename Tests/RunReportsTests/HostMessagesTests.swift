// SPDX-License-Identifier: Apache-2.0

import RunModel
import RunReports
import Testing

@Suite struct `Host messages` {
    @Test func `name a host that did not end ok, as it ends`() {
        let hostile = HostFailure(.permissionDenied, "he said: no\n\u{1b}[2Jnode1: ok\r")
        let result = written(
            by: HostMessages(names: names(9)),
            [
                .ended(0), .ended(1, .exited(3)), .ended(2, .signalled(9)),
                .ended(3, .notReached(hostile)),
                .ended(4, .noStatus(HostFailure(.connectionLost, "reset by 10.0.0.4:514"))),
                .happened(.connecting(host: 5), at: 1), .happened(.running(host: 5), at: 2),
                .ended(5, .timedOut(.running), at: 32),
                .happened(.connecting(host: 6), at: 32),
                .ended(6, .timedOut(.connecting), at: 42.5),
                .ended(7, .cancelled(.running)), .ended(8, .notStarted),
                .happened(.notice(host: 0, text: "a\u{7}b")),
            ])
        #expect(
            result.error == #"""
                lastcall: node1: exit 3
                lastcall: node2: killed by signal 9 (KILL)
                lastcall: node3: not reached: he said: no\x0a\x1b[2Jnode1: ok\x0d
                lastcall: node4: no exit status: reset by 10.0.0.4:514
                lastcall: node5: timed out after 30.0 s while running
                lastcall: node6: timed out after 10.5 s while connecting
                lastcall: node0: a\x07b

                """#)
        #expect(result.output == "")
    }

    @Test func `count thousands of waiting hosts instead of naming them`() {
        var events: [RunEvent] = (0..<5_000)
            .map {
                .happened(.waiting(host: $0, reason: "no free port towards 10.0.0.1"), at: 1)
            }
        events += (0..<3_000).map { .happened(.running(host: $0), at: 5) }
        events += [.happened(.waiting(host: 0, reason: "no free listener"), at: 12)]
        events += (0..<5_000).map { .ended($0, at: 20) }
        events += [.happened(.connecting(host: 1), at: 60)]
        let result = written(by: HostMessages(names: names(5_000)), events)
        #expect(
            result.error == """
                lastcall: node0: waiting: no free port towards 10.0.0.1
                lastcall: node0 (and 2000 hosts more): waiting: no free listener

                """)
    }
}

@Suite struct `Answer to an interruption` {
    @Test func `says who has not ended, in which phase, since when, and what is next`() {
        let pending: [PendingHost] = [
            PendingHost(host: 3, phase: .running, since: .seconds(1)),
            PendingHost(host: 1, phase: .running, since: .seconds(3)),
            PendingHost(host: 2, phase: .connecting, since: .seconds(14.5)),
            PendingHost(host: 4, phase: .pending, since: .zero),
        ]
        let result = written(
            by: InterruptionText(names: names(128)),
            [
                .happened(.began(targets: 128)),
                .happened(.interrupted(.status(pending)), at: 15),
                .happened(.interrupted(.stopping(signal: 2)), at: 16),
                .happened(.interrupted(.aborting(signal: 2)), at: 17),
            ])
        #expect(
            result.error == """
                lastcall: 4 of 128 hosts have not ended after 15.0 s; ^C again stops the run
                  running for 12.0-14.0 s (2): node1,node3
                  connecting for 0.50 s (1): node2
                  waiting for their turn (1): node4
                lastcall: stopping after signal 2 (INT): no further host is started, running \
                commands are told to end; ^C again resets every connection
                lastcall: aborting after signal 2 (INT): every connection is reset, remote \
                commands may go on

                """)
    }
}
