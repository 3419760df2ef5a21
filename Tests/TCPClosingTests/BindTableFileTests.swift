// SPDX-License-Identifier: Apache-2.0

import BindTables
import Foundation
import TCPClosing
import Testing

@Suite struct `A table of the kernel's answers` {
    /// The table that `Scripts/bind-table --check` names, or the one in this tree: about every
    /// twenty-fifth cell, recorded from Linux 6.18.
    private static let path =
        ProcessInfo.processInfo.environment["LASTCALL_BIND_TABLE_CHECK"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/bind-table.tsv").path

    @Test func `says what BindRule says`() throws {
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        let rows = try BindTable.rows(of: text)
        #expect(rows.count > 400)
        let wrong = rows.flatMap(\.disagreements)
        let first = wrong.prefix(20).joined(separator: "\n")
        #expect(wrong.isEmpty, "\(wrong.count) wrong in \(rows.count) cells:\n\(first)")
    }

    private static let example = """
        # a remark
        flags\tstate\torigin\taddress\tuid\tnew_address\tnew_flags\tbind\tmood
        A\tTIME_WAIT\tclient_bound\tv4:a1\tsame\tv4:any\t-\tINUSE\tgood
        """

    @Test func `has columns in any order, and words of others`() throws {
        let row = try #require(try BindTable.rows(of: Self.example).first)
        #expect(row.cell.state == .timeWait)
        #expect(row.cell.flags == .address)
        #expect(row.cell.newAddress == .anyV4)
        #expect(row.answers == [.bind: .addressInUse])
        #expect(row.disagreements.isEmpty)
    }

    @Test func `names the cell in which it and BindRule disagree`() throws {
        let text = Self.example.replacing("INUSE", with: "ok")
        let row = try #require(try BindTable.rows(of: text).first)
        #expect(
            row.disagreements == [
                "TIME_WAIT client_bound v4:a1 A same v4:any -: bind: kernel ok, rule EADDRINUSE"
            ])
    }

    @Test func `is read back as it was written`() throws {
        let cell = try #require(BindCell.all.last)
        let row = BindTable.Row(cell, [.bind: .succeeds, .listen: .addressInUse])
        let text = BindTable.header + "\n" + BindTable.line(of: row) + "\n"
        let read = try #require(try BindTable.rows(of: text).first)
        #expect(read.cell == cell)
        #expect(read.answers[.listen] == .addressInUse)
        #expect(read.answers[.connectSame] == .notAsked)
    }

    @Test(arguments: [
        ("state\torigin\n", 1), ("\n" + example + "\nA\tB\n", 5),
        (example.replacing("TIME_WAIT", with: "TIME_WAITING"), 3),
        (example.replacing("INUSE", with: "BUSY"), 3),
    ])
    func `that cannot be read names its line`(text: String, line: Int) {
        let fault = #expect(throws: BindTable.Fault.self) { try BindTable.rows(of: text) }
        #expect(fault?.line == line)
    }
}
