// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import SocketDiagnostics
import TCPClosing
import Testing

/// The text of an audit at 80 columns; `AuditTexts` has the whole of it.
@Suite struct `An audit as text` {
    /// A machine on which each kind of finding is there.
    private static func machine(asRoot: Bool) throws -> AuditFixture {
        var fixture = AuditFixture(asRoot: asRoot)
        try fixture.add(
            AuditFixture.loopbackV4, 6379, user: 109, options: "A", process: "redis-server",
            group: "/system.slice/redis-server.service")
        try fixture.add(
            AuditFixture.anyV4, 8080, options: "A", process: "python3", number: 4711,
            group: "/user.slice/user-1000.slice/session-3.scope")
        try fixture.add(
            AuditFixture.loopbackV6, 8080, user: 1001, process: "evil\u{1b}[2J", number: 666)
        try fixture.add(
            AuditFixture.anyV6, 9000, .bound, options: "A", process: "java", number: 31)
        try fixture.add(
            AuditFixture.anyV6, 8443, user: 33, options: "AP", process: "nginx", number: 55)
        try fixture.add(AuditFixture.anyV6, 40_000, process: "sleepy", number: 56)
        try fixture.add(AuditFixture.anyV4, 22, user: 0, process: "sshd", number: 1)
        return fixture
    }

    @Test func `tells root all of it`() throws {
        let text = AuditText(try Self.machine(asRoot: true).report).text
        #expect(text == AuditTexts.asRoot)
    }

    @Test func `tells an ordinary user the same, but for what is not known`() throws {
        let text = AuditText(try Self.machine(asRoot: false).report).text
        #expect(text == AuditTexts.asUser)
    }

    @Test(arguments: [40, 60, 80, 132])
    func `fits the terminal`(width: Int) throws {
        for asRoot in [true, false] {
            var report = try Self.machine(asRoot: asRoot).report
            report.prove { AuditFinding.Trial($0, .succeeded) }
            let lines = AuditText(report, width: width).text.split(separator: "\n")
            let long = lines.filter { $0.count > width }
            // A word that is longer has a line of its own.
            #expect(long.allSatisfy { $0.contains("sysctl") || width == 40 }, "\(long)")
            #expect(width == 40 || long.isEmpty, "\(long)")
        }
    }

    @Test func `says that nothing is found`() throws {
        var fixture = AuditFixture()
        try fixture.add(AuditFixture.anyV4, 22, user: 0, process: "sshd", number: 1)
        #expect(
            AuditText(fixture.report).text == """
                Nothing found; 1 listener.

                1 listener is on ports below 1024, where only root may bind.

                """)
        #expect(AuditText(AuditFixture().report).text == "Nothing found; 0 listeners.\n")
    }

    @Test func `says where bound sockets cannot be seen`() throws {
        #expect(AuditFacts.showsBoundSockets("6.18.44-a") && AuditFacts.showsBoundSockets("6.8"))
        #expect(AuditFacts.showsBoundSockets("7.0.1"))
        #expect(!AuditFacts.showsBoundSockets("6.7.9") && !AuditFacts.showsBoundSockets("5.10"))
        var fixture = AuditFixture()
        fixture.change { $0.showsBoundSockets = false }
        #expect(AuditText(fixture.report).text.contains("\nThis kernel does not show sockets that"))
    }

    @Test func `says what was tried, and what that cost`() throws {
        var fixture = AuditFixture()
        try fixture.add(AuditFixture.loopbackV4, 6379, options: "A")
        var report = fixture.report
        report.prove {
            AuditFinding.Trial(
                $0,
                $0.address == AuditFixture.loopbackV6
                    ? .succeeded : .refused("Operation not permitted"))
        }
        let text = AuditText(report).text
        #expect(text.contains("    tried: bind() to [::1]:6379 as uid 65534: succeeded\n"))
        #expect(
            text.contains(
                "    tried: bind() to [2001:db8::5]:6379 as uid 65534: Operation not permitted\n"))
        #expect(text.contains("\nTried with sockets that never listened. Each had its address for"))
    }

    @Test func `gives sockets that share an address one line`() throws {
        var fixture = AuditFixture()
        for number in 0..<4 {
            try fixture.add(AuditFixture.anyV6, 8443, options: "AP", number: 50 + Int32(number))
        }
        let text = AuditText(fixture.report).text
        #expect(
            text.contains("\n  [::]:8443  server (pid 50), user ada, 4 sockets\n  Proof: they have")
        )
    }

    @Test func `says why root sees no process`() throws {
        func row(_ reasons: [InvisibleOwner]) throws -> Substring? {
            var fixture = AuditFixture()
            try fixture.add(AuditFixture.anyV6, 8443, process: nil)
            fixture.change { facts in
                for inode in facts.ownerships.keys {
                    facts.ownerships[inode] = .notVisible(reasons)
                }
            }
            return AuditText(fixture.report, width: 120).text.split(separator: "\n")
                .first { $0.hasPrefix("  [::]:8443  ") }
        }
        let start = "  [::]:8443  user ada"
        #expect(
            try row([.otherPIDNamespace, .closedMeanwhile])
                == start + ", process not visible: perhaps in another pid namespace")
        #expect(
            try row([.inFlight(queuedAt: []), .kernel])
                == start + ", process not visible: perhaps its descriptor is on its way to one")
        #expect(try row([.kernel]) == start + ", the kernel's own")
        #expect(try row([.closedMeanwhile]) == start + ", closed meanwhile")
        #expect(try row([.otherUser(1000)])?.hasPrefix(start) == true)
    }

    @Test func `names the way a known program listens on both families`() throws {
        func hint(_ process: String, _ address: InternetAddress) throws -> Bool {
            var fixture = AuditFixture()
            try fixture.add(address, 6379, process: process)
            return AuditText(fixture.report).text.contains("    redis.conf: bind ")
        }
        #expect(try hint("redis-server", AuditFixture.loopbackV4))
        #expect(try hint("redis-server", AuditFixture.anyV4))
        #expect(try hint("server", AuditFixture.loopbackV4) == false)
    }

    @Test func `does not propose what the kernel refuses`() throws {
        var fixture = AuditFixture()
        try fixture.add(AuditFixture.anyV6, 40_000)
        let text = AuditText(fixture.report).text
        #expect(!text.contains("ip_unprivileged_port_start"))
        #expect(text.contains("- Instead of 40000 a port below 32768: those from there on"))
        #expect(text.contains("- In any case add 40000 to net.ipv4.ip_local_reserved_ports:"))
    }

    @Test func `is one line of JSON`() throws {
        var fixture = AuditFixture()
        try fixture.add(
            AuditFixture.anyV6, 9000, options: "A", group: "/system.slice/a.service")
        let text = String(decoding: AuditJSON.line(fixture.report), as: UTF8.self)
        let first = #"""
            {"v":1,"findings":[{"kind":"restart-window","severity":"medium","port":9000,\#
            "sockets":[{"address":"::","port":9000,"listening":true,"uid":1000,"user":"ada",\#
            "process":"server","pid":812,"unit":"a.service","reuse_address":true,\#
            "reuse_port":false}],"intruder":"any-user","when":"restart","places":[{"address":"::","port":9000,"certain":true}],\#
            "certain":true,"proof":"it has SO_REUSEADDR, and so have the connections: \#
            from the moment
            """#
        let last = #"""
            "ignored":[],"listeners":1,"reserved":0,"options_unknown":[],\#
            "first_unprivileged_port":1024,"localhost":["::1","127.0.0.1"]}

            """#
        #expect(text.hasPrefix(first), "\(text)")
        #expect(text.hasSuffix(last), "\(text)")
    }
}
