// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import SocketDiagnostics
import TCPClosing
import Testing

@Suite struct `An audit of listeners` {
    private typealias Fixture = AuditFixture

    private static func found(
        asRoot: Bool = true, _ body: (inout AuditFixture) throws -> Void
    ) rethrows -> [String] {
        var fixture = Fixture(asRoot: asRoot)
        try body(&fixture)
        return fixture.found
    }

    @Test func `finds where localhost is left to others`() throws {
        #expect(
            try Self.found { try $0.add(Fixture.loopbackV4, 6379) } == [
                "other-family high [::1]:6379 [2001:db8::5]:6379 [::]:6379",
                "other-addresses low 10.0.0.5:6379",
                "while-down low 127.0.0.1:6379",
            ])
        #expect(
            try Self.found { try $0.add(Fixture.anyV4, 8080) } == [
                "other-family high [::1]:8080 [2001:db8::5]:8080 [::]:8080",
                "while-down low 0.0.0.0:8080",
            ])
    }

    @Test func `weighs it by where localhost goes first`() throws {
        let found = try Self.found {
            try $0.add(Fixture.loopbackV4, 6379)
            $0.change { $0.localhost = [Fixture.loopbackV4] }
        }
        #expect(found.first?.hasPrefix("other-family medium ") == true)
        let other = try Self.found { try $0.add(Fixture.loopbackV6, 6379) }
        #expect(other.first == "other-family medium 127.0.0.1:6379 10.0.0.5:6379 0.0.0.0:6379")
    }

    @Test func `finds nothing beside who takes both families`() throws {
        #expect(
            try Self.found { try $0.add(Fixture.anyV6, 8080) } == ["while-down low [::]:8080"])
        let both = try Self.found {
            try $0.add(Fixture.anyV4, 8080)
            try $0.add(Fixture.anyV6, 8080, isIPv6Only: true)
        }
        #expect(both == ["while-down low 0.0.0.0:8080 [::]:8080"])
    }

    @Test func `finds the other addresses of who chose one`() throws {
        let found = try Self.found { try $0.add(Fixture.ethernetV4, 8080) }
        #expect(
            found == [
                "other-addresses low 127.0.0.1:8080 [::1]:8080 [2001:db8::5]:8080 [::]:8080",
                "while-down low 10.0.0.5:8080",
            ])
    }

    @Test func `leaves addresses out that this machine has not got`() throws {
        let found = try Self.found {
            try $0.add(Fixture.anyV4, 8080)
            $0.change { $0.addresses = [LocalAddress(Fixture.loopbackV4, interface: 1)] }
        }
        #expect(found == ["while-down low 0.0.0.0:8080"])
    }

    @Test func `finds two users on one port, once`() throws {
        func found(_ other: UInt32, _ address: InternetAddress) throws -> [String] {
            try Self.found {
                try $0.add(Fixture.loopbackV4, 8080, user: 1000)
                try $0.add(address, 8080, user: other)
            }
            .filter { $0.hasPrefix("answered-by-other") }
        }
        #expect(
            try found(1001, Fixture.loopbackV6) == ["answered-by-other high [::1]:8080"])
        // Root's is the service, and the user's has slipped in beside.
        #expect(
            try found(0, Fixture.loopbackV6) == ["answered-by-other high 127.0.0.1:8080"])
        #expect(
            try found(1001, Fixture.ethernetV4) == ["answered-by-other low 10.0.0.5:8080"])
        #expect(try found(1000, Fixture.loopbackV6) == [])
    }

    @Test func `finds who is bound and does not listen by SO_REUSEADDR`() throws {
        func found(_ options: String?, asRoot: Bool = true) throws -> [String] {
            try Self.found(asRoot: asRoot) {
                try $0.add(Fixture.loopbackV4, 7000, .bound, options: options)
            }
        }
        #expect(try found("A") == ["not-listening high 127.0.0.1:7000"])
        #expect(try found("") == [])
        #expect(try found("P") == [])
        #expect(try found(nil) == ["not-listening medium 127.0.0.1:7000?"])
        #expect(try found("A", asRoot: false) == ["not-listening medium 127.0.0.1:7000?"])
    }

    @Test func `finds SO_REUSEPORT of users but root`() throws {
        func kinds(_ user: UInt32, _ options: String?, twice: Bool = false) throws -> Bool {
            try Self.found {
                try $0.add(Fixture.anyV6, 7100, user: user, options: options)
                if twice { try $0.add(Fixture.anyV6, 7100, user: user, options: options) }
            }
            .contains { $0.hasPrefix("same-user medium [::]:7100") }
        }
        #expect(try kinds(1000, "P"))
        #expect(try kinds(0, "P") == false)
        #expect(try kinds(1000, "A") == false)
        #expect(try kinds(1000, nil) == false)
        // Two at one address have it, whether it can be read or not.
        #expect(try kinds(1000, nil, twice: true))
        let overlapping = try Self.found {
            try $0.add(Fixture.anyV6, 7100, options: nil)
            try $0.add(Fixture.loopbackV4, 7100, options: nil)
        }
        #expect(overlapping.contains("same-user medium 127.0.0.1:7100 [::]:7100"))
        let apart = try Self.found {
            try $0.add(Fixture.loopbackV6, 7100, options: nil)
            try $0.add(Fixture.loopbackV4, 7100, options: nil)
        }
        #expect(!apart.contains { $0.hasPrefix("same-user") })
    }

    @Test func `finds the window of a restart, as far as it is known`() throws {
        func found(_ options: String?) throws -> [String] {
            try Self.found { try $0.add(Fixture.anyV6, 9000, options: options) }
        }
        #expect(try found("A") == ["restart-window medium [::]:9000"])
        #expect(try found("") == ["while-down low [::]:9000"])
        #expect(try found(nil) == ["restart-window medium [::]:9000"])
        var fixture = Fixture()
        try fixture.add(Fixture.anyV6, 9000, options: nil)
        #expect(fixture.report.findings.map(\.dependsOn) == [[.reuseAddress]])
    }

    private typealias Keeper = (process: String?, number: Int, group: String?)

    @Test(arguments: [
        Keeper("systemd", 1, nil), Keeper("systemd", 900, nil),
        Keeper("server", 812, "/system.slice/a.socket"), Keeper(nil, 0, "/init.scope"),
        Keeper(nil, 0, "/user.slice/user@1.service/init.scope"),
    ])
    func `finds no restart where systemd keeps the socket`(
        process: String?, number: Int, group: String?
    ) throws {
        let found = try Self.found(asRoot: process != nil) {
            try $0.add(
                Fixture.anyV6, 9000, options: "A", process: process, number: Int32(number),
                group: group)
        }
        #expect(found == [])
    }

    @Test func `passes over ports that only root may bind`() throws {
        var fixture = Fixture()
        try fixture.add(Fixture.anyV4, 80, user: 33, options: "AP")
        try fixture.add(Fixture.anyV4, 81, .bound, user: 33, options: "A")
        #expect(fixture.found == [])
        #expect(fixture.report.reserved.count == 2)
        fixture.change { $0.firstUnprivilegedPort = 81 }
        #expect(fixture.found.map { $0.prefix(13) } == ["not-listening"])
        fixture.change { $0.firstUnprivilegedPort = 80 }
        #expect(fixture.found.count == 4)
    }

    @Test func `says perhaps where an old connection may keep others out`() throws {
        let found = try Self.found {
            try $0.add(Fixture.loopbackV4, 8080)
            // An outgoing connection that took the port as its source.
            try $0.add(Fixture.loopbackV6, 8080, .established, options: nil, remotePort: 99)
        }
        #expect(found.first == "other-family high [::1]:8080? [2001:db8::5]:8080 [::]:8080?")
    }

    @Test func `takes a hundred thousand connections in its stride`() throws {
        var fixture = Fixture()
        try fixture.add(Fixture.anyV6, 8080, options: "A")
        let connection = try AuditFixture.timeWait(8080)
        fixture.change { $0.sockets += Array(repeating: connection, count: 100_000) }
        #expect(fixture.found == ["restart-window medium [::]:8080"])
    }

    @Test func `shows what was asked for`() throws {
        var fixture = Fixture()
        try fixture.add(Fixture.anyV6, 8080, user: 33, options: "A", process: "nginx")
        try fixture.add(Fixture.anyV6, 6379, user: 109, options: "A", number: 77)
        func ports(_ change: (inout AuditReport.Filter) -> Void) -> [UInt16] {
            var filter = AuditReport.Filter()
            change(&filter)
            return AuditReport(of: fixture.facts, for: filter).findings.map(\.port)
        }
        #expect(ports { _ in } == [6379, 8080])
        #expect(ports { $0.ports = [8080] } == [8080])
        #expect(ports { $0.users = [109] } == [6379])
        #expect(ports { $0.processes = ["nginx", "78"] } == [8080])
        #expect(ports { $0.processes = ["77"] } == [6379])
        let none = ports {
            $0.processes = ["nginx"]
            $0.ports = [6379]
        }
        #expect(none == [])
        fixture.change { $0.ownerships = [:] }
        var filter = AuditReport.Filter()
        #expect(AuditReport(of: fixture.facts, for: filter).unseen == 0)
        filter.processes = ["nginx"]
        #expect(AuditReport(of: fixture.facts, for: filter).unseen == 2)
        #expect(
            ports {
                $0.processes = ["nginx"]
                $0.ports = [6379]
            } == [])
    }

    @Test func `is settled by what was really tried`() throws {
        func severities(_ answer: AuditFinding.Trial.Answer) throws -> [String] {
            var fixture = Fixture(asRoot: false)
            try fixture.add(Fixture.loopbackV4, 7000, .bound)
            var report = fixture.report
            report.prove { AuditFinding.Trial($0, answer) }
            return report.findings.map { "\($0.severity) \($0.isCertain)" }
        }
        #expect(try severities(.succeeded) == ["high true"])
        #expect(try severities(.addressInUse) == [])
        #expect(try severities(.refused("Permission denied")) == ["medium false"])
    }
}
