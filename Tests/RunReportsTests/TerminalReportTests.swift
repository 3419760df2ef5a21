// SPDX-License-Identifier: Apache-2.0

import RunModel
import RunReports
import Testing

@Suite struct `Progress line` {
    static func line() -> ProgressLine {
        var line = ProgressLine()
        line.receive(.happened(.began(targets: 100)))
        for host in 0..<30 { line.receive(.happened(.connecting(host: host))) }
        for host in 0..<20 { line.receive(.ended(host, host < 2 ? .exited(1) : .exited(0))) }
        return line
    }

    @Test(arguments: [
        (200, "[======>                       ] 20/100 done, 2 failed, 10 open, 2.0/s, 00:40 left"),
        (66, "[==>          ] 20/100 done, 2 failed, 10 open, 2.0/s, 00:40 left"),
        (60, "20/100 done, 2 failed, 10 open, 2.0/s, 00:40 left"),
        (40, "20/100 done, 2 failed, 10 open, 2.0/s"), (25, "20/100 done, 2 failed"),
        (6, "20/10"), (1, ""), (0, ""),
    ])
    func `leaves out what does not fit`(width: Int, shown: String) {
        #expect(Self.line().text(width: width, at: .seconds(10)) == shown)
    }

    @Test(arguments: 0..<120)
    func `never reaches the last column`(width: Int) {
        for time in [Duration.zero, .seconds(3), .seconds(100_000)] {
            let text = Self.line().text(width: width, at: time)
            #expect(text.utf8.count <= max(0, width - 1))
            #expect(text.utf8.allSatisfy { (0x20...0x7e).contains($0) })
        }
    }
}

@Suite struct `Terminal report` {
    @Test func `looks like the report alone once the run is over`() {
        var events: [RunEvent] = [.happened(.began(targets: 40))]
        for host in 0..<40 {
            let time = Double(host) / 20
            events.append(.happened(.connecting(host: host), at: time))
            events.append(.out(host, "line\nhalf", at: time + 0.01))
            events.append(.err(host, "OK", at: time + 0.02))
            events.append(.ended(host, host % 7 == 0 ? .exited(1) : .exited(0), at: time + 0.03))
        }
        events.append(.finished(Array(repeating: .exited(0), count: 40), after: 3))
        for prefix in [LineReport.Prefix.label, .none] {
            let reports = ReportList([
                LineReport(
                    names: names(40), prefix: prefix, terminal: onTerminal, spool: roomySpool()),
                HostMessages(names: names(40)), SummaryText(names: names(40)),
            ])
            var plain = Screen()
            plain.show(reports, events)
            var decorated = Screen()
            decorated.show(TerminalReport(reports, outputIsTerminal: true, width: 70), events)
            #expect(decorated.lines == plain.lines)
            #expect(plain.drawings == 0)
            #expect(
                (2...31).contains(decorated.drawings), "ten a second at most, for three seconds")
        }
    }

    @Test func `is drawn while nothing happens`() {
        var report = TerminalReport(ReportList([]), outputIsTerminal: true, width: 40)
        var page = Page()
        report.receive(.happened(.began(targets: 3)), into: &page)
        let blank = String(repeating: " ", count: 19)
        let line = "[>\(blank)] 0/3 done, 0 open"
        #expect(page.standardError == Array("\r\u{1b}[K\(line)".utf8))
        page.removeBytes()
        report.timePassed(to: .seconds(0.05), into: &page)
        #expect(page.isEmpty)
        report.timePassed(to: .seconds(0.11), into: &page)
        #expect(!page.isEmpty)
    }

    @Test func `leaves a standard output that is a file alone`() {
        let report = TerminalReport(
            LineReport(names: names(1), terminal: .none, spool: roomySpool()),
            outputIsTerminal: false, width: 40)
        let result = written(
            by: report,
            [
                .happened(.began(targets: 1)), .out(0, "x\n", at: 1), .out(0, "y", at: 2),
                .ended(0, at: 3),
            ])
        #expect(result.output == "node0: x\nnode0: y\n")
    }
}

/// A terminal that knows carriage returns, line feeds and "erase to the end of the line".
private struct Screen {
    var lines: [[UInt8]] = [[]]
    var drawings = 0
    private var column = 0

    mutating func show(_ reporter: any Reporter, _ events: [RunEvent]) {
        var reporter = reporter
        var page = Page()
        for event in events {
            reporter.receive(event, into: &page)
            write(&page)
            while reporter.drain(into: &page) { write(&page) }
        }
    }

    private mutating func write(_ page: inout Page) {
        var bytes = (page.standardOutput + page.standardError)[...]
        page.removeBytes()
        while let byte = bytes.popFirst() {
            switch byte {
            case 0x0d: column = 0
            case 0x0a:
                lines.append([])
                column = 0
            case 0x1b:
                #expect(bytes.starts(with: Array("[K".utf8)))
                bytes = bytes.dropFirst(2)
                lines[lines.count - 1].removeSubrange(column...)
                if bytes.first == UInt8(ascii: "[") { drawings += 1 }
            default:
                if column < lines[lines.count - 1].count {
                    lines[lines.count - 1][column] = byte
                } else {
                    lines[lines.count - 1].append(byte)
                }
                column += 1
            }
        }
    }
}

@Suite struct `Report list` {
    @Test func `lets the summary wait for the last gathered byte`() {
        let spool = roomySpool()
        let reports = ReportList([
            FoldedReport(names: names(1), terminal: .none, spool: spool),
            SummaryText(names: names(1)),
        ])
        var reporter = reports
        var page = Page()
        for event in [RunEvent.bytes(0, Array(repeating: 120, count: 1 << 20)), .ended(0)] {
            reporter.receive(event, into: &page)
            while reporter.drain(into: &page) {}
        }
        reporter.receive(.finished([.exited(0)]), into: &page)
        var output = 0
        var outputBeforeSummary: Int?
        while reporter.drain(into: &page) {
            output += page.standardOutput.count
            if !page.standardError.isEmpty { outputBeforeSummary = output }
            page.removeBytes()
        }
        #expect(outputBeforeSummary == output)
        #expect(output > 1 << 20)
    }
}
