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
        let text = DiagnosisText(diagnosis).text
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

    @Test func `is less sure on a kernel that hides sockets`() {
        var surroundings = BindDiagnosis.Surroundings()
        surroundings.settings.kernel = KernelRelease(6, 1)
        #expect(
            Self.text(BindRequest(Self.loopback, port: 8080), [], surroundings) == """
                Yes: bind() to 127.0.0.1:8080 works now.

                How sure: Linux 6.1 does not show sockets that are bound and do not listen (6.8
                does). --probe finds out, by doing it.

                """)
    }

    @Test func `names who listens, and that SO_REUSEADDR does not help`() throws {
        let listener = try Self.sighting(.listen, whose: .owned([Self.nginx]))
        let text = Self.text(BindRequest(Self.any, port: 8080, reusesAddress: true), [listener])
        #expect(
            text == """
                No: nginx (pid 812, nginx.service) listens on 0.0.0.0:8080.

                bind() to 0.0.0.0:8080 with SO_REUSEADDR fails with EADDRINUSE (Address already
                in use).
                nginx: pid 812, descriptor 6, user www-data, nginx.service.

                What helps, the safest first:
                  - Stop nginx (pid 812): systemctl stop nginx.service. What it does ends.

                What does not:
                  - SO_REUSEADDR: on Linux it never shares a port with a socket that listens.
                  - Waiting: a listener does not end by itself.

                How sure: certain, by the kernel's rule; all that decides is known.

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
                No: TIME-WAIT from 10.0.0.9:5311, 38.0 s left, at most 40.1 s, no owner.

                bind() to 0.0.0.0:8080 fails with EADDRINUSE (Address already in use).
                This end had closed first.

                What helps, the safest first:
                  - Wait: it ends by itself in 40.1 s at most (--wait does that).
                  - Set SO_REUSEADDR before bind(), in both runs: it helps now if the old socket
                    had it too, which the kernel tells nobody (--reuseaddr --probe finds out).
                    While nobody listens, any user whose socket has it may take the port as
                    well.
                  - For the next time: let the other end close first; it then keeps TIME-WAIT,
                    and this port is free at once.
                  - As root, end it: ss -K src 10.0.0.1:8080 dst 10.0.0.9:5311. The price: stray
                    segments of the old connection are not caught any more.

                What does not:
                  - tcp_fin_timeout, though it is recommended everywhere: TIME-WAIT is a
                    constant 60 s.
                  - tcp_tw_reuse: it is about outgoing connections, not about bind().

                How sure: certain, by the kernel's rule; all that decides is known.

                """)
    }

    @Test func `with SO_REUSEADDR hangs on the old socket's, until it is done`() throws {
        let rest = try Self.sighting(
            .timeWait, to: "10.0.0.9", 5311, from: "10.0.0.1", timeLeft: 38_000, whose: .nobody)
        let request = BindRequest(Self.any, port: 8080, reusesAddress: true)
        let asked = BindDiagnosis(request, among: [rest])
        #expect(asked.verdict == .uncertain)
        #expect(
            Self.flat(DiagnosisText(asked).text)
                .hasPrefix(
                    "Perhaps: if the old socket has SO_REUSEADDR too: TIME-WAIT from 10.0.0.9:5311,"
                ))
        var failed = asked
        failed.settle(works: false)
        #expect(failed.verdict == .blocked)
        #expect(failed.certainty == .proved)
        #expect(
            Self.flat(DiagnosisText(failed).text)
                .hasPrefix(
                    "No: TIME-WAIT for at most 40.1 s; the old socket had no SO_REUSEADDR."))
        #expect(
            Self.flat(DiagnosisText(failed).text)
                .contains("TIME-WAIT from 10.0.0.9:5311, 38.0 s left, at most 40.1 s, no owner."))
        #expect(DiagnosisText(failed).text.contains("set SO_REUSEADDR before bind() in both runs"))
        var worked = asked
        worked.settle(works: true)
        #expect(worked.verdict == .works)
        #expect(worked.remedies.isEmpty)
    }

    @Test func `tells many in TIME-WAIT as one that ends last`() throws {
        var crowd = PortCrowd()
        for place in 1...5_000 {
            crowd.add(
                try SocketFixture.socket(
                    .timeWait, 8080, to: "10.0.0.9", UInt16(place), from: "10.0.0.1",
                    timeLeft: UInt32(place == 777 ? 59_000 : place)))
        }
        #expect(crowd.members.map(\.count) == [5_000])
        let sightings = crowd.members.map {
            PortSighting($0.socket, ownership: .nobody, count: $0.count)
        }
        #expect(
            Self.flat(Self.text(BindRequest(Self.any, port: 8080), sightings))
                .hasPrefix(
                    "No: 5,000 in TIME-WAIT, the last one from 10.0.0.9:777, 59.0 s left, at most "
                        + "1 min 01 s, no owner."))
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
                    "No: FIN-WAIT-2 from 127.0.0.1:5000: client (pid 77) here has not closed its end."
                ))
        #expect(text.contains("client: pid 77, descriptor 3, user me."))
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
                    "No: an outgoing connection of curl (pid 9) to 10.0.0.9:443 took the port.")
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
                .contains("is still closing, FIN-WAIT-1, no owner"))
        let hidden = try Self.sighting(
            .established, to: "10.0.0.9", 40_000, from: "10.0.0.1",
            whose: .hidden(
                HiddenOwner(
                    user: "root", unit: "nginx.service", reason: "it is hidden", isForRoot: true)))
        #expect(
            Self.text(BindRequest(Self.any, port: 8080), [hidden])
                .hasPrefix("No: a process of user root (nginx.service) has a connection with"))
    }

    @Test func `names a socket that is bound and does not listen`() throws {
        let bound = try Self.sighting(.closed, whose: .owned([Self.nginx]))
        let text = Self.text(BindRequest(Self.any, port: 8080), [bound])
        #expect(Self.flat(text).contains("has bound 0.0.0.0:8080, and does not listen."))
        #expect(text.contains("ss, lsof -i, netstat and fuser do not show"))
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
        #expect(text.hasPrefix("No: nginx (pid 812, nginx.service) listens on 0.0.0.0:8080.\n"))
        #expect(text.contains("\n\nAlso in the way:\n"))
        #expect(text.contains("  and 2 more.\n"))
    }

    @Test func `asks for address and privilege first, in the kernel's order`() throws {
        let listener = try Self.sighting(.listen, 80, whose: .owned([Self.nginx]))
        var surroundings = BindDiagnosis.Surroundings()
        surroundings.addressIsHere = false
        surroundings.portIsAllowed = false
        surroundings.addresses = [Self.loopback]
        let elsewhere = BindRequest(.v4(0x0a00_0063), port: 80)
        let text = Self.text(elsewhere, [listener], surroundings)
        #expect(text.hasPrefix("No: 10.0.0.99 is no address of this machine.\n"))
        #expect(text.contains("It has 127.0.0.1."))
        let overIPv6 = BindRequest(
            .v6(high: 0x2001_0db8 << 32, low: 9, zone: 0), port: 80)
        #expect(
            Self.text(overIPv6, [], surroundings)
                .hasPrefix("No: port 80 needs a privilege, as all below 1024 do.\n"))
        surroundings.addressIsHere = true
        let privileged = Self.text(BindRequest(Self.any, port: 80), [listener], surroundings)
        #expect(privileged.hasPrefix("No: port 80 needs a privilege, as all below 1024 do.\n"))
        #expect(privileged.contains("ip_unprivileged_port_start=80"))
        #expect(
            privileged.contains("And in the way is:\n  - nginx (pid 812, nginx.service) listens"))
    }

    @Test func `shows no control characters of a process's name`() throws {
        let owner = PortOwner(name: "evil\u{1b}[2J\n", pid: 1, descriptor: 3, user: "x\u{7}")
        let listener = try Self.sighting(.listen, whose: .owned([owner]))
        let text = Self.text(BindRequest(Self.any, port: 8080), [listener])
        #expect(text.contains("evil\\x1b[2J\\x0a"))
        #expect(text.utf8.allSatisfy { $0 == 0x0a || $0 >= 0x20 && $0 != 0x7f })
    }
}
