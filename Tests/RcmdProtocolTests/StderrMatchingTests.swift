// SPDX-License-Identifier: Apache-2.0

import RcmdProtocol
import TCPClosing
import Testing

@Suite struct `The matching of stderr connections` {
    private typealias Session = MatchingExploration.Session

    private static let first = InternetAddress.v4(0x0a00_0001)
    private static let second = InternetAddress.v4(0x0a00_0002)
    private static let third = InternetAddress.v4(0x0a00_0003)
    private static let acquaintance = InternetAddress.v4(0x0a00_0009)
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

    /// A session that calls one of our machines at another address than it calls back from.
    private static func alias(_ address: InternetAddress, of machine: InternetAddress) -> Session {
        Session(address: address, answersFrom: machine)
    }

    /// Machines called at two of their addresses in one run.
    static let aliases: [[MatchingExploration.Session]] = [
        [plain(first), alias(second, of: first)],
        [plain(first), alias(second, of: first), plain(third)],
        [alias(second, of: first), alias(third, of: first)],
        [plain(first), alias(second, of: first), alias(third, of: first)],
        [plain(first), alias(second, of: first), stranger(third)],
        [plain(first), plain(first), alias(second, of: first)],
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

    @Test(arguments: fleets + aliases, [1, 2])
    func `is never wrong where listeners are shared from the start`(
        fleet: [MatchingExploration.Session], listeners: Int
    ) {
        var exploration = MatchingExploration()
        exploration.explore(fleet, listeners: listeners, after: Self.acquaintance)
        #expect(exploration.faults == [])
        #expect(exploration.matches > 2)
    }

    @Test func `is never wrong about four sessions, two of them to one machine`() {
        var exploration = MatchingExploration(restartLimit: 1)
        exploration.explore(
            [
                Self.plain(Self.first), Self.alias(Self.second, of: Self.first),
                Self.plain(Self.third), Self.plain(.v4(0x0a00_0004)),
            ], listeners: 1, after: Self.acquaintance)
        #expect(exploration.faults == [])
        #expect(exploration.confirmations > 100)
        #expect(exploration.restarts > 100)
    }

    @Test func `shares a listener once servers have answered from where they were called`() {
        var matching = StderrMatching(listeners: 1)
        #expect(
            matching.begin(1, towards: Self.first)
                == [.admit(1, listener: 0, commandMustWait: false)])
        #expect(matching.begin(2, towards: Self.second) == [])
        #expect(matching.begin(3, towards: Self.first) == [])
        #expect(
            matching.arrived(at: 0, from: Self.first, at: .zero) == [
                .match(1, isStranger: false), .admit(2, listener: 0, commandMustWait: true),
                .admit(3, listener: 0, commandMustWait: true),
            ])
        #expect(matching.mode == .byAddress)
        // Nothing has come from the second address: the server there could be calling from here.
        #expect(matching.arrived(at: 0, from: Self.first, at: .zero) == [.hold(3)])
        #expect(
            matching.arrived(at: 0, from: Self.second, at: .zero)
                == [.match(2, isStranger: false), .confirm(3)])
        #expect(matching.arrived(at: 0, from: Self.first, at: .zero) == [.discard])
    }

    @Test func `begins again when a stranger could be one of two servers`() {
        var matching = Self.shared()
        #expect(
            matching.arrived(at: 0, from: Self.elsewhere, at: .zero) == [
                .discard, .restart([.init(2, isSlow: false), .init(3, isSlow: false)]),
                .retire(listener: 0),
            ])
        #expect(matching.mode == .exclusive)
        #expect(matching.begin(4, towards: Self.first) == [])
        #expect(matching.replaced(0) == [.admit(4, listener: 0, commandMustWait: false)])
    }

    @Test func `takes a stranger for the only server that has not been heard of`() {
        var matching = Self.shared()
        _ = matching.begin(4, towards: Self.acquaintance)
        #expect(matching.arrived(at: 0, from: Self.first, at: .zero) == [.hold(2)])
        // 4 is called at an address that has called back, and 2 has its connection, whosever it is.
        #expect(
            matching.arrived(at: 0, from: Self.elsewhere, at: .zero)
                == [.match(3, isStranger: true), .confirm(2)])
        #expect(
            matching.arrived(at: 0, from: Self.acquaintance, at: .zero) == [
                .match(4, isStranger: false)
            ])
        #expect(matching.mode == .exclusive)
    }

    @Test func `holds a connection until all others of its listener have been heard of`() {
        var matching = Self.shared()
        #expect(matching.arrived(at: 0, from: Self.first, at: .zero) == [.hold(2)])
        #expect(
            matching.arrived(at: 0, from: Self.second, at: .zero)
                == [.match(3, isStranger: false), .confirm(2)])
        #expect(matching.nextTick == nil)
        // From now on nobody waits for either.
        _ = matching.begin(4, towards: Self.first)
        _ = matching.begin(5, towards: Self.second)
        #expect(
            matching.arrived(at: 0, from: Self.first, at: .zero) == [.match(4, isStranger: false)])
    }

    @Test func `begins again, exclusively, when one machine is called at two addresses`() {
        var matching = Self.shared()
        // The server of 3, called at its second address, calls back from its first.
        #expect(matching.arrived(at: 0, from: Self.first, at: .zero) == [.hold(2)])
        #expect(
            matching.arrived(at: 0, from: Self.first, at: .zero) == [
                .discard, .restart([.init(3, isSlow: false), .init(2, isSlow: false)]),
                .retire(listener: 0),
            ])
        #expect(matching.mode == .exclusive)
    }

    @Test func `begins again when what it holds may have been for one that gave up`() {
        var matching = Self.shared()
        #expect(matching.arrived(at: 0, from: Self.first, at: .zero) == [.hold(2)])
        #expect(
            matching.gaveUp(3, portWasNamed: true)
                == [.restart([.init(2, isSlow: false)]), .retire(listener: 0)])
        #expect(matching.mode == .byAddress)
        #expect(matching.begin(4, towards: Self.first) == [])
        #expect(matching.replaced(0) == [.admit(4, listener: 0, commandMustWait: true)])
    }

    @Test func `holds nothing for longer than its patience, and parts the slow from the others`() {
        var matching = StderrMatching(listeners: 2)
        _ = matching.begin(1, towards: Self.acquaintance)
        _ = matching.arrived(at: 0, from: Self.acquaintance, at: .zero)
        _ = matching.begin(2, towards: Self.first)
        _ = matching.begin(3, towards: Self.acquaintance)
        _ = matching.begin(4, towards: Self.second)
        #expect(matching.arrived(at: 0, from: Self.first, at: .seconds(5)) == [.hold(2)])
        #expect(matching.nextTick == .seconds(5) + StderrMatching.patience)
        #expect(matching.tick(at: .seconds(5)) == [])
        #expect(
            matching.tick(at: .seconds(6)) == [
                .restart([.init(4, isSlow: true), .init(2, isSlow: false)]), .retire(listener: 0),
            ])
        _ = matching.replaced(0)
        // 3 still waits at listener 1, and is nobody who would keep others waiting.
        #expect(
            matching.begin(4, towards: Self.second, isSlow: true)
                == [.admit(4, listener: 0, commandMustWait: true)])
        #expect(
            matching.begin(2, towards: Self.first)
                == [.admit(2, listener: 1, commandMustWait: true)])
        #expect(
            matching.arrived(at: 1, from: Self.first, at: .seconds(7))
                == [.match(2, isStranger: false)])
        // Heard of at last: as quick as any.
        #expect(
            matching.arrived(at: 0, from: Self.second, at: .seconds(9))
                == [.match(4, isStranger: false)])
    }

    @Test func `lets slow ones wait for each other as long as their own limits allow`() {
        var matching = StderrMatching(listeners: 1)
        _ = matching.begin(1, towards: Self.acquaintance)
        _ = matching.arrived(at: 0, from: Self.acquaintance, at: .zero)
        _ = matching.begin(2, towards: Self.first, isSlow: true)
        _ = matching.begin(3, towards: Self.second, isSlow: true)
        #expect(matching.arrived(at: 0, from: Self.first, at: .zero) == [.hold(2)])
        #expect(matching.nextTick == nil)
        #expect(
            matching.gaveUp(3, portWasNamed: true)
                == [.restart([.init(2, isSlow: false)]), .retire(listener: 0)])
    }

    @Test func `lets no other session of an address wait where a late connection may come`() {
        var matching = Self.shared()
        _ = matching.begin(4, towards: Self.acquaintance)
        #expect(matching.gaveUp(4, portWasNamed: true) == [])
        #expect(matching.begin(5, towards: Self.acquaintance) == [])
        #expect(matching.arrived(at: 0, from: Self.first, at: .zero) == [.hold(2)])
        #expect(
            matching.arrived(at: 0, from: Self.second, at: .zero)
                == [.match(3, isStranger: false), .confirm(2), .retire(listener: 0)])
        #expect(matching.replaced(0) == [.admit(5, listener: 0, commandMustWait: true)])
    }

    @Test func `keeps a listener whose port nobody was told`() {
        var matching = StderrMatching(listeners: 1)
        _ = matching.begin(1, towards: Self.first)
        #expect(matching.gaveUp(1, portWasNamed: false) == [])
        #expect(
            matching.begin(2, towards: Self.first)
                == [.admit(2, listener: 0, commandMustWait: false)])
    }

    @Test func `shares no listener without bounds`() {
        var matching = StderrMatching(listeners: 1)
        _ = matching.begin(0, towards: Self.first)
        _ = matching.arrived(at: 0, from: Self.first, at: .zero)
        let limit = StderrMatching.shareLimit
        for number in 1...limit + 1 {
            let address = InternetAddress.v4(0x0a01_0000 + UInt32(number))
            let actions = matching.begin(number, towards: address)
            #expect(actions.isEmpty == (number > limit))
        }
        #expect(matching.waitingCount == 1)
    }

    /// One listener, shared by 2 (called at `first`) and 3 (at `second`); neither address has been
    /// heard from.
    private static func shared() -> StderrMatching {
        var matching = StderrMatching(listeners: 1)
        _ = matching.begin(1, towards: acquaintance)
        _ = matching.arrived(at: 0, from: acquaintance, at: .zero)
        _ = matching.begin(2, towards: first)
        _ = matching.begin(3, towards: second)
        return matching
    }
}
