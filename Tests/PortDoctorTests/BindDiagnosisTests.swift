// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import SocketDiagnostics
import TCPClosing
import Testing

@Suite struct `A diagnosis of bind()` {
    private static let nginx = PortOwner(
        name: "nginx", pid: 812, descriptor: 6, user: "www-data", unit: "nginx.service")
    private static let any = InternetAddress.v4(0)
    private static let loopback = InternetAddress.v4(0x7f00_0001)

    private static func sighting(
        _ state: SocketState, _ port: UInt16 = 8080, to remote: String = "0.0.0.0",
        _ remotePort: UInt16 = 0, from local: String = "0.0.0.0", timeLeft: UInt32? = nil,
        whose ownership: PortSighting.Ownership
    ) throws -> PortSighting {
        PortSighting(
            try SocketFixture.socket(
                state, port, to: remote, remotePort, from: local, timeLeft: timeLeft),
            ownership: ownership)
    }

    private static func text(
        _ request: BindRequest, _ sightings: [PortSighting],
        _ surroundings: BindDiagnosis.Surroundings = .init()
    ) -> String {
        let diagnosis = BindDiagnosis(request, among: sightings, in: surroundings)
        let text = DiagnosisText(diagnosis, settings: surroundings.settings).text
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        return text
    }

    /// A text on one line.
    private static func flat(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test func `of a free port is yes`() throws {
        #expect(
            Self.text(BindRequest(Self.loopback, port: 8080), [])
                == "Yes: bind() to 127.0.0.1:8080 works now.\n")
    }

    @Test func `names who listens, and that SO_REUSEADDR does not help`() throws {
        let listener = try Self.sighting(.listen, whose: .owned([Self.nginx]))
        let text = Self.text(BindRequest(Self.any, port: 8080, reusesAddress: true), [listener])
        #expect(
            text == """
                No: bind() to 0.0.0.0:8080 with SO_REUSEADDR fails with EADDRINUSE (Address
                already in use): nginx (pid 812, descriptor 6, user www-data, nginx.service)
                listens on 0.0.0.0:8080.

                What helps, the safest first:
                  - Stop nginx (pid 812): systemctl stop nginx.service.

                What does not:
                  - SO_REUSEADDR does not help: on Linux it never shares a port with a socket
                    that listens. Waiting does not either.

                """)
    }

    @Test func `counts TIME-WAIT down, and says what SO_REUSEADDR needs`() throws {
        let rest = try Self.sighting(
            .timeWait, to: "10.0.0.9", 5311, from: "10.0.0.1", timeLeft: 38_000, whose: .nobody)
        let request = BindRequest(Self.any, port: 8080)
        #expect(BindDiagnosis(request, among: [rest]).verdict == .blocked)
        let text = Self.text(request, [rest])
        #expect(
            text == """
                No: bind() to 0.0.0.0:8080 fails with EADDRINUSE (Address already in use): a
                connection with 10.0.0.9:5311 is in TIME-WAIT, 38.0 s left, 40.1 s at most,
                nobody's.

                What helps, the safest first:
                  - Wait: it ends by itself in 40.1 s at most.
                  - Set SO_REUSEADDR before bind(), in every run: it helps now if the old socket
                    had it too, which the kernel tells nobody (--probe finds out).
                  - As root, end it: ss -K sport = :8080. The price: stray segments of the old
                    connection are not caught any more.

                What does not:
                  - tcp_fin_timeout does not help, though it is said to everywhere: TIME-WAIT is
                    a constant 60 s.

                """)
        let reusing = BindRequest(Self.any, port: 8080, reusesAddress: true)
        #expect(BindDiagnosis(reusing, among: [rest]).verdict == .uncertain)
        #expect(
            Self.text(reusing, [rest])
                .hasPrefix(
                    """
                    Perhaps: bind() to 0.0.0.0:8080 with SO_REUSEADDR works only if the socket in
                    the way has SO_REUSEADDR too: a connection with 10.0.0.9:5311 is in TIME-WAIT,
                    """))
    }

    @Test func `names the program at the other end of a FIN-WAIT-2`() throws {
        let mini = try Self.sighting(
            .finWait2, to: "127.0.0.1", 5000, from: "127.0.0.1", timeLeft: 50_000, whose: .nobody)
        let client = PortOwner(name: "client", pid: 77, descriptor: 3, user: "me")
        let other = try Self.sighting(
            .closeWait, 5000, to: "127.0.0.1", 8080, from: "127.0.0.1", whose: .owned([client]))
        let text = Self.text(BindRequest(Self.loopback, port: 8080), [mini, other])
        #expect(
            Self.flat(text)
                .contains(
                    "waits in FIN-WAIT-2 for the other end: client (pid 77, descriptor 3, user me) on "
                        + "this machine, 50.0 s left, 52.1 s at most."))
        #expect(text.contains("Have client (pid 77) close its end of the connection"))
    }

    @Test func `tells an outgoing connection from a server's`() throws {
        let curl = PortOwner(name: "curl", pid: 9, descriptor: 5, user: "me")
        let outgoing = try Self.sighting(
            .established, 40_000, to: "10.0.0.9", 443, from: "10.0.0.1", whose: .owned([curl]))
        let text = Self.text(BindRequest(Self.any, port: 40_000), [outgoing])
        #expect(
            Self.flat(text)
                .contains(
                    "an outgoing connection of curl (pid 9, descriptor 5, user me) to 10.0.0.9:443")
        )
        #expect(text.contains("net.ipv4.ip_local_reserved_ports=40000"))
        let served = try Self.sighting(
            .established, 8080, to: "10.0.0.9", 40_000, from: "10.0.0.1",
            whose: .owned([Self.nginx]))
        let other = Self.text(BindRequest(Self.any, port: 8080), [served])
        #expect(Self.flat(other).contains("has a connection with 10.0.0.9:40000, ESTABLISHED."))
        #expect(!other.contains("ip_local_reserved_ports"))
    }

    @Test func `knows a connection with itself, an orphan, and what is hidden`() throws {
        let itself = try Self.sighting(
            .established, 40_000, to: "127.0.0.1", 40_000, from: "127.0.0.1",
            whose: .owned([PortOwner(name: "app", pid: 4, descriptor: 3, user: "me")]))
        #expect(
            Self.text(BindRequest(Self.loopback, port: 40_000), [itself])
                .contains("is connected to itself on"))
        let orphan = try Self.sighting(
            .finWait1, to: "10.0.0.9", 40_000, from: "10.0.0.1", whose: .nobody)
        #expect(
            Self.text(BindRequest(Self.any, port: 8080), [orphan])
                .contains("is still closing, FIN-WAIT-1, nobody's"))
        let hidden = try Self.sighting(
            .established, to: "10.0.0.9", 40_000, from: "10.0.0.1", whose: .hidden("another user's")
        )
        #expect(
            Self.text(BindRequest(Self.any, port: 8080), [hidden])
                .contains("is ESTABLISHED (whose: another user's)"))
    }

    @Test func `names a socket that is bound and does not listen`() throws {
        let bound = try Self.sighting(.closed, whose: .owned([Self.nginx]))
        let text = Self.text(BindRequest(Self.any, port: 8080), [bound])
        #expect(Self.flat(text).contains("has bound 0.0.0.0:8080 and does not listen."))
        #expect(text.contains("ss, lsof -i and netstat do not show it"))
    }

    @Test func `puts the listener before the connections it has left`() throws {
        let rest = try (0..<6)
            .map {
                try Self.sighting(
                    .timeWait, to: "10.0.0.9", 5000 + $0, from: "10.0.0.1", timeLeft: 9_000,
                    whose: .nobody
                )
            }
        let listener = try Self.sighting(.listen, whose: .owned([Self.nginx]))
        let text = Self.text(BindRequest(Self.any, port: 8080), rest + [listener])
        #expect(text.hasPrefix("No: bind() to 0.0.0.0:8080 fails with EADDRINUSE"))
        #expect(text.contains("listens on 0.0.0.0:8080.\n\nAlso in the way:\n"))
        #expect(text.contains("  and 2 more.\n"))
    }

    @Test func `asks for privilege and address before it looks at others`() throws {
        let listener = try Self.sighting(.listen, 80, whose: .owned([Self.nginx]))
        var surroundings = BindDiagnosis.Surroundings()
        surroundings.addressIsHere = false
        let request = BindRequest(.v4(0x0a00_0063), port: 80)
        #expect(
            Self.text(request, [listener], surroundings)
                .hasPrefix("No: bind() to 10.0.0.99:80 fails with EADDRNOTAVAIL"))
        surroundings.portIsAllowed = false
        let text = Self.text(request, [listener], surroundings)
        #expect(text.hasPrefix("No: bind() to 10.0.0.99:80 fails with EACCES"))
        #expect(text.contains("ip_unprivileged_port_start=80"))
    }

    @Test func `shows no control characters of a process's name`() throws {
        let owner = PortOwner(name: "evil\u{1b}[2J\n", pid: 1, descriptor: 3, user: "x\u{7}")
        let listener = try Self.sighting(.listen, whose: .owned([owner]))
        let text = Self.text(BindRequest(Self.any, port: 8080), [listener])
        #expect(text.contains("evil\\x1b[2J\\x0a"))
        #expect(text.utf8.allSatisfy { $0 == 0x0a || $0 >= 0x20 && $0 != 0x7f })
    }
}
