// SPDX-License-Identifier: Apache-2.0

import RcmdProtocol
import TCPClosing
import Testing

@Suite struct `The matching of stderr connections` {
    private typealias Session = MatchingExploration.Session

    private static let first = InternetAddress.v4(0x0a00_0001)
    private static let second = InternetAddress.v4(0x0a00_0002)
    private static let elsewhere = InternetAddress.v4(0x0a63_0002)

    /// A session with a server that connects from the address it is called at.
    private static func plain(_ address: InternetAddress) -> Session {
        Session(address: address, answersFrom: address)
    }

    /// A session with a server of several addresses, which connects from another one.
    private static func stranger(_ address: InternetAddress) -> Session {
        Session(address: address, answersFrom: elsewhere)
    }

    static let fleets: [[MatchingExploration.Session]] = [
        [plain(first), plain(second)], [plain(first), plain(first)],
        [plain(first), plain(first), plain(second)],
        [plain(first), stranger(second)], [stranger(first), stranger(second)],
        [plain(first), plain(second), stranger(.v4(0x0a00_0003))],
        [plain(first), stranger(second), stranger(.v4(0x0a00_0003))],
        [plain(first), plain(first), stranger(second)],
        [plain(first), stranger(second), stranger(second)],
    ]

    @Test(arguments: fleets, [1, 2])
    func `is never wrong, and forgets nobody, in every order of events`(
        fleet: [MatchingExploration.Session], listeners: Int
    ) {
        var exploration = MatchingExploration()
        exploration.explore(fleet, listeners: listeners)
        #expect(exploration.faults == [])
        #expect(exploration.matches > 2)
    }

    @Test func `shares a listener once servers have answered from where they were called`() {
        var matching = StderrMatching(listeners: 1)
        #expect(
            matching.begin(1, towards: Self.first, exclusively: false)
                == [.admit(1, listener: 0, commandMustWait: false)])
        #expect(matching.begin(2, towards: Self.second, exclusively: false) == [])
        #expect(matching.begin(3, towards: Self.first, exclusively: false) == [])
        #expect(
            matching.arrived(at: 0, from: Self.first) == [
                .match(1, isStranger: false), .admit(2, listener: 0, commandMustWait: true),
                .admit(3, listener: 0, commandMustWait: true),
            ])
        #expect(matching.mode == .byAddress)
        #expect(matching.arrived(at: 0, from: Self.first) == [.match(3, isStranger: false)])
        #expect(matching.arrived(at: 0, from: Self.second) == [.match(2, isStranger: false)])
        #expect(matching.arrived(at: 0, from: Self.first) == [.discard])
    }

    @Test func `begins again when a stranger could be one of two servers`() {
        var matching = Self.shared()
        #expect(
            matching.arrived(at: 0, from: Self.elsewhere)
                == [.discard, .restart([2, 3]), .retire(listener: 0)])
        #expect(matching.mode == .exclusive)
        #expect(matching.begin(4, towards: Self.first, exclusively: true) == [])
        #expect(matching.replaced(0) == [.admit(4, listener: 0, commandMustWait: false)])
    }

    @Test func `begins again when a stranger could be the server of a session that gave up`() {
        var matching = Self.shared()
        #expect(matching.gaveUp(2, portWasNamed: true) == [])
        #expect(
            matching.arrived(at: 0, from: Self.elsewhere)
                == [.discard, .restart([3]), .retire(listener: 0)])
    }

    @Test func `lets no other session of an address wait where a late connection may come`() {
        var matching = Self.shared()
        _ = matching.gaveUp(2, portWasNamed: true)
        #expect(matching.begin(4, towards: Self.first, exclusively: false) == [])
        #expect(
            matching.arrived(at: 0, from: Self.second)
                == [.match(3, isStranger: false), .retire(listener: 0)])
        #expect(matching.replaced(0) == [.admit(4, listener: 0, commandMustWait: true)])
    }

    @Test func `keeps those who share a listener when one of them gives up among strangers`() {
        var matching = StderrMatching(listeners: 2)
        _ = matching.begin(1, towards: Self.first, exclusively: false)
        _ = matching.arrived(at: 0, from: Self.first)
        // Four sessions, two on each listener; a stranger at the second.
        for (number, address) in [Self.first, Self.second].enumerated() {
            _ = matching.begin(10 + number, towards: address, exclusively: false)
            _ = matching.begin(20 + number, towards: address, exclusively: false)
        }
        _ = matching.arrived(at: 1, from: Self.elsewhere)
        #expect(matching.mode == .exclusive)
        #expect(matching.gaveUp(10, portWasNamed: true) == [])
        let actions = matching.arrived(at: 0, from: Self.second)
        #expect(
            actions.contains(.match(11, isStranger: false))
                || actions.contains(.match(21, isStranger: false)))
        #expect(actions.contains(.retire(listener: 0)))
    }

    @Test func `keeps a listener whose port nobody was told`() {
        var matching = StderrMatching(listeners: 1)
        _ = matching.begin(1, towards: Self.first, exclusively: false)
        #expect(matching.gaveUp(1, portWasNamed: false) == [])
        #expect(
            matching.begin(2, towards: Self.first, exclusively: false)
                == [.admit(2, listener: 0, commandMustWait: false)])
    }

    @Test func `shares no listener without bounds`() {
        var matching = StderrMatching(listeners: 1)
        _ = matching.begin(0, towards: Self.first, exclusively: false)
        _ = matching.arrived(at: 0, from: Self.first)
        let limit = StderrMatching.shareLimit
        for number in 1...limit + 1 {
            let address = InternetAddress.v4(0x0a01_0000 + UInt32(number))
            let actions = matching.begin(number, towards: address, exclusively: false)
            #expect(actions.isEmpty == (number > limit))
        }
        #expect(matching.waitingCount == 1)
    }

    /// One listener, shared by 2 (called at `first`) and 3 (at `second`).
    private static func shared() -> StderrMatching {
        var matching = StderrMatching(listeners: 1)
        _ = matching.begin(1, towards: first, exclusively: false)
        _ = matching.arrived(at: 0, from: first)
        _ = matching.begin(2, towards: first, exclusively: false)
        _ = matching.begin(3, towards: second, exclusively: false)
        return matching
    }
}
