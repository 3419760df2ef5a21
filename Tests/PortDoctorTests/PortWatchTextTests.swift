// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import SocketDiagnostics
import TCPClosing
import Testing

@Suite struct `A watch over ports as text` {
    private static func machine() throws -> WatchedMachine {
        var machine = WatchedMachine()
        var listener = try SocketFixture.socket(.listen, 8080)
        listener.inode = 50
        machine.table = [listener]
        machine.look()
        machine.find([50], "nginx", group: ControlGroup(path: "/system.slice/nginx.service"))
        for second in 0..<5 {
            for number in 0...second {
                let id = UInt64(10 * second + number + 1)
                let socket = try WatchedMachine.connection(
                    id, port: UInt16(33_000 + id), inode: UInt32(100 + id))
                machine.table.append(socket)
                machine.sample()
                machine.find([UInt32(100 + id)], "psql")
                try machine.end(socket, leavingTimeWait: true)
            }
            let short = try WatchedMachine.connection(
                UInt64(1000 + second), port: 8080, to: "10.0.0.7", UInt16(40_000 + second))
            try machine.end(short, leavingTimeWait: second == 0)
            machine.look()
        }
        machine.table.append(try WatchedMachine.connection(900, port: 33_090, to: "10.0.0.8", 80))
        machine.look()
        return machine
    }

    private static func text(
        _ machine: WatchedMachine, spark: Sparkline = .blocks, notes: [String] = []
    ) -> PortWatchText {
        PortWatchText(
            machine.watch, machine.economy, counters: PortCounters(), elapsed: machine.time,
            interval: .seconds(1), spark: spark, notes: notes)
    }

    private static let whole = """
        lastcall ports  00:07, every 1.00 s  100 ports for each destination (33000-33099

          to             open  closing  TIME-WAIT  free  bears/s  new/s  out in
          10.0.0.9:5432     0        0         15    85      1.7      0       -  ▂▃▅▆█ 
          10.0.0.8:80       1        0          0    99      1.7      1       -  █

          who closed first                    here  other end
          psql to 10.0.0.9:5432                 15          0
          nginx (nginx.service) at port 8080     1          4

          at port  open  closing  CLOSE-WAIT  TIME-WAIT  new/s
          8080        0        0           0          1      0

        TIME-WAIT: 16 of at most 131,072, 10.2 KiB for all sockets
        """

    @Test func `is a page for a terminal of 80 columns`() throws {
        let page = Self.text(try Self.machine()).page(columns: 80, rows: 24)
        #expect(page.joined(separator: "\n") == Self.whole)
    }

    @Test func `fits a terminal of any size`() throws {
        var machine = try Self.machine()
        for number in 0..<40 {
            machine.table.append(
                try WatchedMachine.connection(
                    UInt64(2_000 + number), to: "10.0.1.1", UInt16(6_000 + number)))
        }
        machine.economy.outgoing[0].destination.address = .v6(
            high: 0x2001_0db8_1234_5678, low: 0x9abc_def0_1234_5678, zone: 0)
        machine.look()
        let text = Self.text(machine, notes: ["Programs of other users are hidden."])
        for rows in [1, 2, 3, 4, 5, 8, 11, 16, 24, 60] {
            for columns in [1, 10, 40, 60, 79, 80, 200] {
                let page = text.page(columns: columns, rows: rows)
                #expect(page.count <= rows)
                #expect(page.allSatisfy { $0.count <= columns })
            }
        }
        // The rows there are get used.
        #expect(text.page(columns: 80, rows: 30).count == 30)
        let narrow = text.page(columns: 55, rows: 30)
        #expect(narrow.contains { $0.contains("free  new/s  out in") && !$0.contains("bears/s") })
    }

    @Test func `gives each of its tables what room there is`() {
        #expect(PortWatchText.shares(of: 10, among: [2, 20, 3]) == [2, 5, 3])
        #expect(PortWatchText.shares(of: 100, among: [2, 20, 3]) == [2, 20, 3])
        #expect(PortWatchText.shares(of: 2, among: [2, 20, 3]) == [1, 1, 0])
        #expect(PortWatchText.shares(of: -1, among: [2]) == [0])
    }

    @Test func `is a line per destination where there is no terminal`() throws {
        var machine = try Self.machine()
        let text = Self.text(machine).lines(limit: 1)
        #expect(
            text == """
                00:07 10.0.0.9:5432 open 0 closing 0 TIME-WAIT 15 free 85 new/s 0.0
                00:07 and 1 more

                """)
        machine = WatchedMachine()
        machine.look()
        #expect(Self.text(machine).lines(limit: 1) == "00:01 no outgoing connection\n")
    }

    @Test func `ends with who closed first, and what is not known`() throws {
        var machine = try Self.machine()
        machine.watch.endsWereLost()
        let text = Self.text(machine, notes: ["Note."]).closingSummary(width: 80, limit: 1)
        #expect(
            text == """
                  who closed first                    here  other end
                  psql to 10.0.0.9:5432                 15          0
                  and 1 more
                Ends came too fast for this program: the numbers are too low.
                Note.

                """)
    }

    @Test func `shows no command to a terminal that a program has for a name`() {
        let name = PortWatchText.name(of: .program("a\u{1b}[2Jé\n", unit: nil))
        #expect(name == #"a\x1b[2J?\x0a"#)
    }

    @Test func `is one line of JSON`() throws {
        var machine = try Self.machine()
        machine.find([], "")
        let bytes = PortWatchJSON.line(
            machine.watch, machine.economy, counters: PortCounters(), elapsed: machine.time,
            programsAreHidden: true)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasSuffix("}\n") && text.count { $0 == "\n" } == 1)
        #expect(
            text.contains(#""elapsed":7.000000000,"trends":[{"address":"10.0.0.9","port":5432,"#))
        #expect(text.contains(#"{"address":"10.0.0.8","port":80,"opened_per_second":1.0}"#))
        #expect(
            text.contains(
                #"{"local_port":8080,"program":"nginx","unit":"nginx.service","here":1,"there":4}"#)
        )
        #expect(text.contains(#""untold":0,"lost_ends":false,"programs_hidden":true}"#))
    }
}

@Suite struct `A sparkline` {
    @Test func `has a bar for each number, the largest as high as there is`() {
        #expect(Sparkline.blocks.text([0, 1, 4, 8], width: 10) == " ▁▄█")
        #expect(Sparkline.plain.text([0, 1, 4, 8], width: 10) == " .=%")
        #expect(Sparkline.blocks.text([0.001, 1_000], width: 10) == "▁█")
        #expect(Sparkline.blocks.text([0, 0], width: 10) == "  ")
        #expect(Sparkline.blocks.text([], width: 10) == "")
    }

    @Test func `shows the latest numbers when there is no room for all`() {
        #expect(Sparkline.blocks.text([100, 0, 1, 2], width: 2).last == "█")
    }
}
