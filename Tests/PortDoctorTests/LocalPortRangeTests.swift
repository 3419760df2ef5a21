// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import SocketDiagnostics
import Testing

@Suite struct `The local ports` {
    private static func ranges(
        _ sockets: [SocketSnapshot], _ settings: PortSettings = PortSettings()
    ) -> [LocalPortRange] {
        PortEconomy(of: sockets, settings: settings).ranges
    }

    @Test func `are divided by who gets them`() {
        let ports = Self.ranges([]).map(\.ports)
        #expect(ports == [1...1023, 1024...32_767, 32_768...60_999, 61_000...65_535])
        #expect(Self.ranges([]).map(\.kind) == [.privileged, .named, .automatic, .named])
        let all = Self.ranges(
            [], PortSettings(automaticPorts: 1024...65_535, firstUnprivilegedPort: 0))
        #expect(all.map(\.ports) == [1...1023, 1024...65_535])
        #expect(all.map(\.kind) == [.named, .automatic])
        // The kernel chooses no port that only root may have, but the setting lets one say so.
        let overlapping = Self.ranges(
            [], PortSettings(automaticPorts: 500...600, firstUnprivilegedPort: 1024))
        #expect(overlapping.map(\.ports) == [1...499, 500...600, 601...1023, 1024...65_535])
        #expect(overlapping.map(\.kind) == [.privileged, .automatic, .privileged, .named])
        #expect(overlapping.map(\.free).reduce(0, +) == 65_535)
    }

    @Test func `count once, for what they are used for most`() throws {
        let ranges = Self.ranges(
            try [
                SocketFixture.socket(.timeWait, 80, to: "10.0.0.9", 40_000, timeLeft: 5_000),
                SocketFixture.socket(.listen, 80),
                SocketFixture.socket(.established, 80, to: "10.0.0.9", 40_001),
                SocketFixture.socket(.timeWait, 33_000, to: "10.0.0.9", 80, timeLeft: 5_000),
                SocketFixture.socket(.finWait1, 33_000, to: "10.0.0.8", 80),
                SocketFixture.socket(.established, 33_001, to: "10.0.0.9", 80),
                SocketFixture.socket(.timeWait, 33_001, to: "10.0.0.8", 80, timeLeft: 5_000),
                SocketFixture.socket(.timeWait, 33_002, to: "10.0.0.8", 80, timeLeft: 5_000),
                SocketFixture.socket(.bound, 2_000),
            ])
        #expect(ranges.map(\.bound) == [1, 1, 0, 0])
        #expect(ranges.map(\.open) == [0, 0, 1, 0])
        #expect(ranges.map(\.closing) == [0, 0, 1, 0])
        #expect(ranges.map(\.timeWait) == [0, 0, 1, 0])
        #expect(ranges.map(\.free) == [1_022, 31_743, 28_229, 4_536])
    }

    @Test func `cost what their records take`() throws {
        let economy = PortEconomy(
            of: try [
                SocketFixture.socket(.timeWait, 80, to: "10.0.0.9", 40_000, timeLeft: 5_000),
                // A record of FIN-WAIT-2 has the same timer.
                SocketFixture.socket(.finWait2, 80, to: "10.0.0.9", 40_001, timeLeft: 5_000),
                SocketFixture.socket(.established, 80, to: "10.0.0.9", 40_002),
            ], settings: PortSettings())
        #expect(economy.recordBytes == 256 + 256 + 3_200)
    }
}

@Suite struct `A set of ports` {
    @Test func `has what was put into it`() {
        var ports = PortSet()
        for port: UInt16 in [0, 1, 63, 64, 65_535, 64] { ports.insert(port) }
        #expect(ports.count == 5)
        ports.remove(63)
        ports.remove(62)
        #expect((0...65_535).filter(ports.contains) == [0, 1, 64, 65_535])
        var others = PortSet()
        others.insert(64)
        others.insert(100)
        #expect((0...65_535).filter(ports.union(others).contains) == [0, 1, 64, 100, 65_535])
        #expect((0...65_535).filter(ports.intersection(others).contains) == [64])
        #expect((0...65_535).filter(ports.subtracting(others).contains) == [0, 1, 65_535])
    }

    @Test(arguments: [
        0...0, 0...65_535, 63...64, 64...127, 100...105, 32_768...60_999, 65_535...65_535,
    ])
    func `takes ranges as it takes single ports`(range: ClosedRange<UInt16>) {
        var ports = PortSet()
        ports.insert(range)
        #expect((0...65_535).filter(ports.contains) == Array(range))
        #expect(ports.count(in: range) == range.count)
        #expect(ports.count(in: 60...70) == (60...70).count { range.contains($0) })
        ports.insert(0...65_535)
        ports.remove(range)
        #expect(ports.count == 65_536 - range.count)
        #expect(!ports.contains(range.lowerBound) && !ports.contains(range.upperBound))
    }
}
