// SPDX-License-Identifier: Apache-2.0

import RunModel
import RunReports
import SeededRandom
import Spool
import Testing

@Suite struct `Line report` {
    @Test func `names the host before each line and keeps the streams apart`() {
        let result = written(
            by: LineReport(names: names(2), terminal: .none, spool: roomySpool()),
            [
                .out(0, "up 3 days\nup"), .out(1, "one\n\ntwo\n"), .err(0, "warning\n"),
                .out(0, " 4 days\n"), .ended(0), .ended(1),
            ])
        #expect(
            result.output == """
                node0: up 3 days
                node1: one
                node1: 
                node1: two
                node0: up 4 days

                """)
        #expect(result.error == "node0: warning\n")
        #expect(!result.outputLost)
    }

    @Test func `ends an unterminated last line when its host ends, or the run does`() {
        let report = LineReport(names: names(2), terminal: .none, spool: roomySpool())
        let result = written(
            by: report,
            [.out(0, "a\nlast"), .err(0, "oops"), .out(1, "cut"), .ended(0), .finished([])])
        #expect(result.output == "node0: a\nnode0: last\nnode1: cut\n")
        #expect(result.error == "node0: oops\n")
    }

    @Test(arguments: [0, 1, 50, 1 << 20], 0..<8)
    func `gives back every byte of every line, however it arrived`(budget: Int, seed: UInt64) {
        var random = Seeded(seed: seed)
        let hosts = 4
        var events: [RunEvent] = []
        var sent: [OutputStream: [[UInt8]]] = [:]
        for stream in OutputStream.allCases {
            sent[stream] = Array(repeating: [], count: hosts)
        }
        for _ in 0..<200 {
            let host = Int.random(in: 0..<hosts, using: &random)
            let stream: OutputStream =
                Bool.random(using: &random) ? .standardOutput : .standardError
            let chunk = (0..<Int.random(in: 0..<40, using: &random))
                .map { _ -> UInt8 in
                    Int.random(in: 0..<12, using: &random) == 0
                        ? 10 : UInt8.random(in: 0...255, using: &random)
                }
            sent[stream]?[host] += chunk
            events.append(.bytes(host, chunk, stream))
        }
        for host in 0..<hosts { events.append(.ended(host)) }
        let spool = Spool(directory: "/tmp", memoryBytes: budget)
        let result = written(
            by: LineReport(names: names(hosts), terminal: .none, spool: spool), events)
        for (stream, hosts) in sent {
            for (host, bytes) in hosts.enumerated() {
                let label = Array("node\(host): ".utf8)
                var expected = bytes
                if let last = bytes.last, last != 10 { expected.append(10) }
                let received = lines(of: result[stream]).filter { $0.starts(with: label) }
                    .flatMap { $0.dropFirst(label.count) }
                #expect(received == expected)
            }
        }
        #expect(spool.residentBytes + spool.spilledBytes == 0)
    }

    @Test(arguments: [1 << 10, 64 << 20])
    func `writes a line of 10 MB whole, in bounded pages`(budget: Int) {
        let chunk = Array(repeating: UInt8(ascii: "x"), count: 65_536)
        var events: [RunEvent] = []
        for _ in 0..<160 {
            events.append(.bytes(0, chunk))
            events.append(.out(1, "tick\n"))
        }
        events += [.out(0, "end\nnext\n"), .ended(0), .ended(1)]
        let result = written(
            by: LineReport(
                names: names(2), terminal: .none,
                spool: Spool(directory: "/tmp", memoryBytes: budget)),
            events)
        let ticks = Array(String(repeating: "node1: tick\n", count: 160).utf8)
        let long = Array("node0: ".utf8) + Array(repeating: UInt8(ascii: "x"), count: 160 * 65_536)
        #expect(result.standardOutput == ticks + long + Array("end\nnode0: next\n".utf8))
        #expect(result.largestPage < 1 << 20)
    }

    @Test func `without a prefix passes on exactly what came`() {
        let bytes: [UInt8] = [0, 0xff, 10, 0x1b, 65]
        let result = written(
            by: LineReport(names: names(1), prefix: .none, terminal: .none, spool: roomySpool()),
            [.bytes(0, bytes), .bytes(0, [66]), .ended(0)])
        #expect(result.standardOutput == bytes + [66])
    }

    @Test func `breaks a line that finds no room, says so, and loses nothing`() {
        let report = LineReport(
            names: names(1), terminal: .none,
            spool: Spool(directory: "/nonexistent", memoryBytes: 4))
        let result = written(
            by: report, [.out(0, "abcd"), .out(0, "efgh"), .out(0, "\nijkl\n"), .ended(0)])
        #expect(result.output == "node0: abcd\nnode0: efgh\nnode0: ijkl\n")
        #expect(
            result.error == """
                lastcall: node0: a long line is broken into several: cannot create a temporary \
                file in /nonexistent: No such file or directory

                """)
        #expect(!result.outputLost)
    }

    @Test(arguments: hostile)
    func `shows a terminal what a host would have it do`(bytes: [UInt8], shown: String) {
        let report = LineReport(names: names(1), terminal: onTerminal, spool: roomySpool())
        for split in 0...bytes.count {
            let result = written(
                by: report,
                [
                    .bytes(0, Array(bytes[..<split])), .bytes(0, Array(bytes[split...]) + [10]),
                    .ended(0),
                ])
            #expect(result.output == "node0: \(shown)\n")
        }
        let passed = LineReport(
            names: names(1), prefix: .none, terminal: onTerminal, spool: roomySpool())
        for split in 0...bytes.count {
            let result = written(
                by: passed,
                [.bytes(0, Array(bytes[..<split])), .bytes(0, Array(bytes[split...])), .ended(0)])
            #expect(result.output == shown)
        }
    }

    @Test(arguments: hostile)
    func `gives a file what the host sent`(bytes: [UInt8], shown: String) {
        let report = LineReport(names: names(1), terminal: .none, spool: roomySpool())
        let result = written(by: report, [.bytes(0, bytes + [10])])
        #expect(result.standardOutput == Array("node0: ".utf8) + bytes + [10])
    }

    /// Bytes of a line, and what a terminal is given for them.
    static let hostile: [([UInt8], String)] = [
        (Array("plain\ttext \\x".utf8), "plain\ttext \\x"),
        (Array("Grüße, 日本, 👍".utf8), "Grüße, 日本, 👍"),
        (Array("\u{1b}]0;root@node1\u{7}".utf8), "\\x1b]0;root@node1\\x07"),
        (Array("node1: fake\rnode2: over".utf8), "node1: fake\\x0dnode2: over"),
        (Array("\u{9b}2J\u{85}\u{7f}\u{0}".utf8), "\\u009b2J\\u0085\\x7f\\x00"),
        (Array("abc\u{202e}txt.exe\u{2066}\u{2069}".utf8), "abc\\u202etxt.exe\\u2066\\u2069"),
        ([0xff, 0x41, 0x9b, 0x42], "\\xffA\\x9bB"),
        ([0xc3, 0x28], "\\xc3("),
        ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),
        ([0xc0, 0x9b], "\\xc0\\x9b"),
        ([0xf4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"),
        ([0xe2, 0x82], "\\xe2\\x82"),
        ([0xf0, 0x9f, 0x91], "\\xf0\\x9f\\x91"),
    ]
}

/// The lines of some bytes, each with its line feed.
private func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    while let end = bytes[start...].firstIndex(of: 10) {
        lines.append(bytes[start...end])
        start = end + 1
    }
    if start < bytes.count { lines.append(bytes[start...]) }
    return lines
}
