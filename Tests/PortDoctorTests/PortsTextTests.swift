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

        Local ports
          port                     bound  open  closing  TIME-WAIT    free
          1-1023 (root's)              0     0        0          0   1,023
          1024-32999                   1     0        0          0  31,975
          33000-33099 (automatic)      0     1        0         59      40
          33100-65535                  0     0        0          0  32,436

        TIME-WAIT: 61 of at most 131,072
        Counted so far: 1,234 TIME-WAITs, 0 taken over, 0 ended early, 7 skipped; 0
        found a listener's queue full
        Kernel memory: 24.6 KiB for these sockets, 15.2 KiB of it for TIME-WAIT; 8.0 KiB
        in the buffers of the whole machine

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
        counters.bufferBytes = 8192
        counters.timeWaits = 1234
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
            text.contains(
                "# TYPE lastcall_time_waits_total counter\nlastcall_time_waits_total 0\n"))
        #expect(
            text.contains(
                #"lastcall_local_ports{range="33000-33099",kind="automatic",use="time_wait"} 59"#))
    }

    @Test func `is what the format of Prometheus allows, to the letter`() throws {
        var economy = try Self.economy()
        economy.outgoing[1].destination.address = .v6(high: 0xfe80 << 48, low: 1, zone: 3)
        let text = PortsMetrics(economy, counters: PortCounters()).text
        #expect(MetricsFormat.faults(in: text) == [])
        // It can tell.
        #expect(MetricsFormat.faults(in: String(text.dropLast())) != [])
        #expect(MetricsFormat.faults(in: text + "lastcall_time_waits_total 1\n") != [])
        #expect(MetricsFormat.faults(in: text + "lastcall_other 1\n") != [])
        #expect(MetricsFormat.faults(in: text.replacing("counter", with: "number")) != [])
        #expect(MetricsFormat.faults(in: text.replacing("\"80\"", with: "\"8\"0\"")) != [])
    }

    @Test func `says what a kernel before 6.8 does not show`() throws {
        var economy = try Self.economy()
        economy.settings.kernel = KernelRelease("5.15.0-91-generic")
        let text = PortsText(economy, counters: PortCounters()).text
        #expect(text.contains("Linux 5.15 does not show sockets that are bound and neither"))
        economy.settings.kernel = KernelRelease("6.8.0")
        #expect(!PortsText(economy, counters: PortCounters()).text.contains("does not show"))
    }

    @Test func `says of each setting what it does and what it risks`() {
        let text = Knob.text(Knob.all(reading: { $0 == "ipv4.tcp_tw_reuse" ? "2" : nil }))
        #expect(text.contains("net.ipv4.tcp_tw_reuse = 2\n"))
        #expect(text.contains("It does not shorten TIME-WAIT"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
}
