// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import Testing

@Suite struct `The list of accepted findings` {
    private static func fault(_ text: String) -> AuditIgnoreList.Fault? {
        do throws(AuditIgnoreList.Fault) {
            _ = try AuditIgnoreList(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `takes a kind, a place and a reason a line`() throws {
        let list = try AuditIgnoreList(
            """
            # accepted on this machine

            other-family    127.0.0.1:6379   ::1 is closed by the firewall \n\
            *\t8080\tnobody else logs in
              restart-window  *  see issue 12
            """)
        #expect(list.entries.map(\.line) == [3, 4, 5])
        #expect(list.entries.map(\.kind) == [.otherFamily, nil, .restartWindow])
        #expect(list.entries.map(\.place) == ["127.0.0.1:6379", "8080", nil])
        #expect(
            list.entries.map(\.reason) == [
                "::1 is closed by the firewall", "nobody else logs in", "see issue 12",
            ])
    }

    @Test(arguments: [
        ("nonsense 80 why", "'nonsense' is no finding: write one of answered-by-other, "),
        ("* ", "where? Write a port, an address with a port, or *, behind it"),
        ("* 0 why", "'0' is no place: write 8080, 127.0.0.1:8080, [::1]:8080 or *"),
        ("* 127.0.0.1 why", "'127.0.0.1' is no place"), ("* ::1:80 why", "'::1:80' is no place"),
        ("* 1.2.3:80 why", "'1.2.3:80' is no place"), ("* [::1:80 why", "'[::1:80' is no place"),
        ("* 80", "a reason is missing: say why it is accepted"), ("* 80  \t ", "a reason is"),
        ("\u{1b}[2J 80 why", #"'\x1b[2J' is no finding"#),
    ])
    func `names the line of what is wrong`(line: String, message: String) {
        let fault = Self.fault("# first\n" + line)
        #expect(fault?.line == 2)
        #expect(fault?.message.hasPrefix(message) == true, "\(fault?.message ?? "none")")
    }

    @Test func `passes findings over, and says which lines fit none`() throws {
        var fixture = AuditFixture()
        try fixture.add(AuditFixture.loopbackV4, 6379, options: "A")
        try fixture.add(AuditFixture.anyV6, 8080, options: "A")
        let list = try AuditIgnoreList(
            """
            other-family 127.0.0.1:6379 a
            other-addresses 6379 b
            restart-window [::]:8080 c
            restart-window 127.0.0.1:8080 d
            same-user * e
            """)
        let report = AuditReport(of: fixture.facts, ignoring: list)
        #expect(report.findings.map(\.kind) == [.restartWindow])
        #expect(report.findings.map(\.port) == [6379])
        #expect(report.ignored.map(\.kind) == [.otherFamily, .restartWindow, .otherAddresses])
        #expect(report.idle.map(\.reason) == ["d", "e"])
    }

    @Test func `does not cover a new socket beside an accepted one`() throws {
        var fixture = AuditFixture()
        try fixture.add(AuditFixture.loopbackV4, 8080, options: "A")
        try fixture.add(AuditFixture.loopbackV6, 8080, options: "A")
        let list = try AuditIgnoreList("restart-window 127.0.0.1:8080 why")
        let report = AuditReport(of: fixture.facts, ignoring: list)
        #expect(report.findings.contains { $0.kind == .restartWindow })
    }
}
