// SPDX-License-Identifier: Apache-2.0

import RunModel
import RunReports
import Spool
import Testing

@Suite struct `Folded report` {
    @Test func `puts hosts with equal output under one header, the largest group first`() {
        let result = written(
            by: FoldedReport(names: names(6), terminal: .none, spool: roomySpool()),
            [
                .out(0, "Linux 5"), .out(0, ".10\n"), .ended(0),
                .out(3, "Linux 6.1\n"), .ended(3),
                .out(2, "Linux 6"), .out(1, "Linux 6.1\n"), .out(2, ".1\n"), .ended(2), .ended(1),
                .happened(.running(host: 4)), .ended(4),
                .ended(5, .notReached(HostFailure(.noAnswer, "no answer"))),
                .finished([]),
            ])
        #expect(
            result.output == """
                ---------------
                node1,node2,node3 (3)
                ---------------
                Linux 6.1
                ---------------
                node0 (1)
                ---------------
                Linux 5.10
                ---------------
                node4 (1): no output
                ---------------

                """)
        #expect(result.error == "")
    }

    @Test func `keeps hosts apart that ended differently, and says how`() {
        let result = written(
            by: FoldedReport(names: names(3), terminal: .none, spool: roomySpool()),
            [
                .out(0, "x"), .ended(0), .out(1, "x"), .err(1, "bad disk"), .ended(1, .exited(3)),
                .err(2, "killed\n"), .ended(2, .signalled(9)), .finished([]),
            ])
        #expect(
            result.output == """
                ---------------
                node0 (1)
                ---------------
                x
                ---------------
                node1 (1): exit 3
                ---------------
                x
                ---------------
                node2 (1): killed by signal 9 (KILL), output on the standard error only
                ---------------

                """)
        #expect(
            result.error == """
                ---------------
                node1 (1): exit 3, standard error
                ---------------
                bad disk
                ---------------
                node2 (1): killed by signal 9 (KILL), standard error
                ---------------
                killed

                """)
    }

    @Test func `shows what hosts had written when the run was stopped`() {
        let result = written(
            by: FoldedReport(names: names(2), terminal: .none, spool: roomySpool()),
            [
                .out(0, "half\n"), .out(1, "half\n"),
                .finished([.cancelled(.running), .cancelled(.running)]),
            ])
        #expect(
            result.output == """
                ---------------
                node0,node1 (2): stopped while running
                ---------------
                half

                """)
    }

    @Test func `keeps one copy of equal outputs`() {
        let spool = roomySpool()
        var report = FoldedReport(names: names(500), terminal: .none, spool: spool)
        var page = Page()
        for host in 0..<500 {
            report.receive(.bytes(host, Array(repeating: 7, count: 10_000)), into: &page)
            report.receive(.ended(host), into: &page)
        }
        #expect(spool.residentBytes == 10_000)
    }

    @Test(arguments: [0, 1 << 20])
    func `prints outputs larger than memory in bounded pages`(budget: Int) {
        let chunk = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 % 251) }
        var events: [RunEvent] = []
        for _ in 0..<40 { events += [.bytes(0, chunk), .bytes(1, chunk)] }
        events += [.out(1, "differs\n"), .ended(0), .ended(1), .finished([])]
        let spool = Spool(directory: "/tmp", memoryBytes: budget)
        let result = written(
            by: FoldedReport(names: names(2), terminal: .none, spool: spool), events)
        let body = Array(repeating: chunk, count: 40).flatMap { $0 }
        let rule = "---------------\n"
        #expect(
            result.standardOutput == Array("\(rule)node0 (1)\n\(rule)".utf8) + body
                + Array("\n\(rule)node1 (1)\n\(rule)".utf8) + body + Array("differs\n".utf8))
        #expect(result.largestPage < 1 << 20)
        #expect(spool.residentBytes + spool.spilledBytes == 0)
    }

    @Test func `says which output found no room`() {
        let result = written(
            by: FoldedReport(
                names: names(1), terminal: .none,
                spool: Spool(directory: "/nonexistent", memoryBytes: 4)),
            [.out(0, "abcd"), .out(0, "efgh"), .out(0, "i"), .ended(0), .finished([])])
        #expect(result.outputLost)
        #expect(
            result.output == """
                ---------------
                node0 (1): the last 5 bytes are lost
                ---------------
                abcd

                """)
        #expect(
            result.error == """
                lastcall: node0: output from here on is lost: cannot create a temporary file in \
                /nonexistent: No such file or directory

                """)
    }

    @Test func `never takes two damaged outputs for one`() {
        let events: [RunEvent] = [
            .out(0, "ab"), .out(1, "ab"), .out(0, "cd"), .out(1, "ce"), .ended(0), .ended(1),
            .finished([]),
        ]
        let result = written(
            by: FoldedReport(
                names: names(2), terminal: .none,
                spool: Spool(directory: "/nonexistent", memoryBytes: 4)),
            events)
        #expect(
            result.output == """
                ---------------
                node0 (1): the last 2 bytes are lost
                ---------------
                ab
                ---------------
                node1 (1): the last 2 bytes are lost
                ---------------
                ab

                """)
    }

    @Test func `shows a terminal each group's two streams together`() {
        let result = written(
            by: FoldedReport(names: names(2), terminal: onTerminal, spool: roomySpool()),
            [
                .out(0, "a\n"), .err(0, "A\n"), .out(1, "b\n"), .err(1, "B\n"), .ended(0),
                .ended(1),
                .finished([]),
            ])
        let bodies = String(decoding: result.both, as: UTF8.self).split(separator: "\n")
            .map(String.init)
            .filter { $0.count == 1 }
        #expect(bodies == ["a", "A", "b", "B"])
    }

    @Test func `makes control bytes visible on a terminal only`() {
        let events: [RunEvent] = [.out(0, "\u{1b}[2Jé\n"), .ended(0), .finished([])]
        let shown = written(
            by: FoldedReport(names: names(1), terminal: onTerminal, spool: roomySpool()), events)
        #expect(shown.output.hasSuffix("\n\\x1b[2Jé\n"))
        let exact = written(
            by: FoldedReport(names: names(1), terminal: .none, spool: roomySpool()), events)
        #expect(exact.output.hasSuffix("\n\u{1b}[2Jé\n"))
    }
}
