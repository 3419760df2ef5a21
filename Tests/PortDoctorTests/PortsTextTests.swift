// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import SocketDiagnostics
import TCPClosing
import Testing

@Suite struct `The port economy as text` {
    private static func economy() throws -> PortEconomy {
        var sockets = try SocketFixture.timeWaits(
            ages: (0..<60).map { $0 / 6 }, from: 33_000, to: "10.0.0.9", 5432)
        sockets += try [
            SocketFixture.socket(.established, 33_001, to: "10.0.0.8", 80),
            SocketFixture.socket(.listen, 8080),
            SocketFixture.socket(.closeWait, 8080, to: "10.0.0.7", 40_000),
            SocketFixture.socket(.timeWait, 8080, to: "10.0.0.7", 40_001, timeLeft: 55_000),
        ]
        return PortEconomy(
            of: sockets,
            settings: PortSettings(
                automaticPorts: 33_000...33_099, reuse: TimeWaitReuseSettings(.off)))
    }

    private static let whole = """
        Outgoing: 100 ports for each destination (33000-33099)
          to             open  closing  TIME-WAIT  free  bears/s  seen/s
          10.0.0.9:5432     0        0         60    40      1.7       6
          10.0.0.8:80       1        0          0    99      1.7       0

        Incoming
          port  open  closing  CLOSE-WAIT  TIME-WAIT  seen/s
          8080     0        0           1          1     0.1

        TIME-WAIT: 61 of at most 131,072, 15.2 KiB of kernel memory

        10.0.0.9:5432: at this rate no port is left in 6.66 s.

        10.0.0.9:5432: more than half of the ports are in use, so that the kernel
        searches long for a free one: each connect() takes many times its usual time.

        1 in CLOSE-WAIT: the other end has closed, a program here has not. They stay
        until it does.

        7 connections skipped TIME-WAIT, because tcp_max_tw_buckets (131072) had been
        reached.

        """

    @Test func `fits a terminal of 80 columns`() throws {
        var counters = PortCounters()
        counters.overflowed = 7
        let text = PortsText(try Self.economy(), counters: counters).text
        #expect(text == Self.whole)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func `says how many it does not show`() throws {
        let text = PortsText(try Self.economy(), counters: PortCounters(), limit: 1).text
        #expect(text.contains("10.0.0.9:5432     0"))
        #expect(!text.contains("10.0.0.8"))
        #expect(text.contains("  and 1 more\n"))
    }

    @Test func `gives a name that is too long a line of its own`() throws {
        var economy = try Self.economy()
        economy.outgoing[0].destination = Destination(
            address: .v6(high: 0x2001_0db8_1234_5678, low: 0x9abc_def0_1234_5678, zone: 0),
            port: 65_535)
        let lines = PortsText(economy, counters: PortCounters()).text.split(separator: "\n")
        #expect(lines.contains("  [2001:db8:1234:5678:9abc:def0:1234:5678]:65535"))
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test func `is one line of JSON`() throws {
        let line = PortsJSON.line(try Self.economy(), counters: PortCounters())
        let text = String(decoding: line, as: UTF8.self)
        #expect(text.hasSuffix("}\n") && text.count { $0 == "\n" } == 1)
        #expect(
            text.contains(
                #"{"address":"10.0.0.9","port":5432,"open":0,"closing":0,"close_wait":0,"#
                    + #""time_wait":60,"sources":1,"free":40,"sustainable_per_second":1.7,"#
                    + #""closed_here_per_second":6.0,"exhausted_in":6.666666666,"#
                    + #""slow_search":true}"#))
    }

    @Test func `has a series for each destination, with its kind and its help`() throws {
        let text = PortsMetrics(try Self.economy(), counters: PortCounters()).text
        #expect(
            text.contains("lastcall_outgoing_ports_free{address=\"10.0.0.9\",port=\"5432\"} 40\n"))
        #expect(
            text.contains("# TYPE lastcall_time_wait_total counter\nlastcall_time_wait_total 0\n"))
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: #/lastcall_[a-z_]+(\{[^{}]*\})? [0-9.]+/#) != nil)
        }
    }

    @Test func `says of each setting what it does and what it risks`() {
        let text = Knob.text(Knob.all(reading: { $0 == "ipv4.tcp_tw_reuse" ? "2" : nil }))
        #expect(text.contains("net.ipv4.tcp_tw_reuse = 2\n"))
        #expect(text.contains("It does not shorten TIME-WAIT"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
}
