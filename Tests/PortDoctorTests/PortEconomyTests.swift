// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import SocketDiagnostics
import TCPClosing
import Testing

@Suite struct `The port economy` {
    private static let hundred = PortSettings(
        automaticPorts: 33_000...33_099, reuse: TimeWaitReuseSettings(.off))
    private static let database = Destination(address: .v4(0x0a00_0009), port: 5432)

    private static func economy(
        _ sockets: [SocketSnapshot], _ settings: PortSettings = hundred
    ) -> PortEconomy {
        PortEconomy(of: sockets, settings: settings)
    }

    @Test func `counts what is in use towards each destination by itself`() throws {
        let economy = Self.economy(
            try [
                SocketFixture.socket(.established, 33_001, to: "10.0.0.9", 5432),
                SocketFixture.socket(.established, 33_001, to: "10.0.0.8", 80),
                SocketFixture.socket(.finWait1, 33_002, to: "10.0.0.9", 5432),
                SocketFixture.socket(.closeWait, 33_003, to: "10.0.0.9", 5432),
                SocketFixture.socket(.timeWait, 33_004, to: "10.0.0.9", 5432, timeLeft: 1_000),
            ])
        let first = try #require(economy.outgoing.first)
        #expect(first.destination == Self.database)
        #expect(first.count.open == 1 && first.count.closing == 1)
        #expect(first.count.closeWait == 1 && first.count.timeWait == 1)
        #expect(first.freePorts == 96)
        #expect(economy.outgoing.map(\.freePorts) == [96, 99])
        #expect(economy.incoming.isEmpty)
        #expect(economy.total.total == 5)
    }

    @Test func `gives each address of this machine all of the ports`() throws {
        let economy = Self.economy(
            try [
                SocketFixture.socket(.established, 33_001, to: "10.0.0.9", 5432),
                SocketFixture.socket(
                    .established, 33_001, to: "10.0.0.9", 5432, from: "10.0.0.2"),
            ])
        #expect(economy.outgoing.map(\.sourceCount) == [2])
        #expect(economy.outgoing.map(\.freePorts) == [198])
    }

    @Test func `leaves out ports that sockets are bound to, and reserved ones`() throws {
        let sockets = try [
            SocketFixture.socket(.listen, 33_000), SocketFixture.socket(.bound, 33_001),
            SocketFixture.socket(.listen, 80),
            SocketFixture.socket(.established, 33_005, to: "10.0.0.9", 5432),
        ]
        #expect(Self.economy(sockets).outgoing.map(\.freePorts) == [97])
        #expect(Self.economy(sockets).boundPorts == 2)
        var settings = Self.hundred
        settings.reservedPorts = [33_050...33_059, 40_000...40_010]
        #expect(Self.economy(sockets, settings).outgoing.map(\.freePorts) == [87])
    }

    @Test func `takes connections to a port that is listened on for incoming`() throws {
        let economy = Self.economy(
            try [
                SocketFixture.socket(.listen, 8080),
                SocketFixture.socket(.established, 8080, to: "10.0.0.9", 33_000),
                SocketFixture.socket(.timeWait, 8080, to: "10.0.0.9", 33_001, timeLeft: 55_000),
                // Its listener has gone.
                SocketFixture.socket(.timeWait, 8081, to: "10.0.0.9", 33_002, timeLeft: 5_000),
                // Called from a port of its own choice.
                SocketFixture.socket(.established, 1010, to: "10.0.0.9", 514),
            ])
        #expect(economy.incoming.map(\.localPort) == [8080, 8081])
        #expect(economy.incoming.map(\.isListening) == [true, false])
        #expect(economy.incoming.map(\.closingRate) == [0.1, 0])
        #expect(economy.outgoing.map(\.destination.port) == [514])
        #expect(economy.outgoing.map(\.freePorts) == [100])
    }

    @Test func `knows from one look how fast ports are used, and when they run out`() throws {
        // Two a second for 10 s, one every two seconds before.
        let recent = try SocketFixture.timeWaits(
            ages: (0..<20).map { $0 / 2 }, from: 33_000, to: "10.0.0.9", 5432)
        let older = try SocketFixture.timeWaits(
            ages: (0..<25).map { 10 + 2 * $0 }, from: 33_020, to: "10.0.0.9", 5432)
        let use = try #require(Self.economy(recent + older).outgoing.first)
        #expect(use.closingRate == 2)
        #expect(use.freePorts == 55)
        // 55 are left, two a second are taken, and one every two seconds comes back.
        let exhausted = try #require(use.exhaustedIn)
        #expect(abs(exhausted / .seconds(1) - 55 / 1.5) < 0.001)
        #expect(abs(use.sustainableRate - 100 / 60) < 0.001)
        // At one a second 60 rest at once, and 100 are there.
        let slow = try SocketFixture.timeWaits(
            ages: 0..<10, from: 33_000, to: "10.0.0.9", 5432)
        #expect(Self.economy(slow).outgoing.map(\.exhaustedIn) == [nil])
    }

    @Test func `counts what may be taken over as free, where it may`() throws {
        let sockets = try SocketFixture.timeWaits(
            ages: [0, 0, 5, 30], from: 33_000, to: "127.0.0.1", 80)
        func free(_ policy: TimeWaitReuse.Setting, timestamps: Bool = true) -> [Int] {
            var settings = Self.hundred
            settings.reuse.setting = policy
            settings.usesTimestamps = timestamps
            return Self.economy(sockets, settings).outgoing.map(\.freePorts)
        }
        #expect(free(.off) == [96])
        #expect(free(.loopbackOnly) == [98])
        #expect(free(.on) == [98])
        #expect(free(.on, timestamps: false) == [96])
    }

    @Test func `sees the end of the ports`() throws {
        let all = try (33_000...33_099)
            .map { try SocketFixture.socket(.established, $0, to: "10.0.0.9", 5432) }
        let use = try #require(Self.economy(all).outgoing.first)
        #expect(use.freePorts == 0)
        #expect(use.exhaustedIn == .zero)
        #expect(use.isSearchSlow)
    }
}

@Suite struct `Settings and counters` {
    @Test func `are read as the kernel writes them`() {
        let files = [
            "ipv4.ip_local_port_range": "1024\t65535",
            "ipv4.ip_local_reserved_ports": "8080,9000-9100",
            "ipv4.tcp_max_tw_buckets": "4096", "ipv4.tcp_tw_reuse": "1",
            "ipv4.tcp_tw_reuse_delay": "250", "ipv4.tcp_timestamps": "0",
            "ipv4.tcp_fin_timeout": "30",
        ]
        let settings = PortSettings(reading: { files[$0] })
        #expect(
            settings
                == PortSettings(
                    automaticPorts: 1024...65_535, reservedPorts: [8080...8080, 9000...9100],
                    timeWaitLimit: 4096,
                    reuse: TimeWaitReuseSettings(.on, delay: .milliseconds(250)),
                    usesTimestamps: false, finWait2Timeout: .seconds(30)))
        #expect(settings.automaticPortCount == 64_512 - 102)
        #expect(PortSettings(reading: { _ in nil }) == PortSettings())
        #expect(PortSettings(reading: { _ in "rubbish" }) == PortSettings())
    }

    @Test func `are counted by name, wherever the kernel puts them`() {
        let text = """
            TcpExt: SyncookiesSent TW TCPTimeWaitOverflow New ListenOverflows
            TcpExt: 1 22 333 4 55555
            IpExt: TW InOctets
            IpExt: 9 9

            """
        let counters = PortCounters(netstat: text)
        #expect(counters.timeWaits == 22)
        #expect(counters.overflowed == 333)
        #expect(counters.listenOverflows == 55_555)
        #expect(PortCounters(netstat: "") == PortCounters())
        #expect(PortCounters(netstat: "TcpExt: TW") == PortCounters())
    }
}
