// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import SocketDiagnostics
import TCPClosing
import Testing

/// A watch that is told of sockets as the kernel tells of them, and its clock.
struct WatchedMachine {
    static let settings = PortSettings(
        automaticPorts: 33_000...33_099, reuse: TimeWaitReuseSettings(.off))

    var watch = PortWatch(settings: settings, at: .zero)
    var economy = PortEconomy(of: [], settings: settings)
    var time = Duration.zero
    /// What is in the kernel's table.
    var table: [SocketSnapshot] = []

    /// A connection with a cookie, an owner's inode and a user.
    static func connection(
        _ cookie: UInt64, _ state: SocketState = .established, port: UInt16 = 33_000,
        to remote: String = "10.0.0.9", _ remotePort: UInt16 = 5432, inode: UInt32 = 0,
        user: UInt32 = 1000, timeLeft: UInt32? = nil
    ) throws -> SocketSnapshot {
        var socket = try SocketFixture.socket(
            state, port, to: remote, remotePort, timeLeft: timeLeft)
        socket.cookie = cookie
        socket.inode = inode
        socket.userID = user
        return socket
    }

    mutating func sample() {
        watch.sampled(table.filter { PortWatch.sampledStates.contains(SocketStates($0.state)) })
    }

    /// A second passes; the table is looked at.
    mutating func look() {
        time += .seconds(1)
        sample()
        var look = watch.look(settings: Self.settings)
        for socket in table where socket.state == .listen { look.add(socket) }
        for socket in table where socket.state != .listen { look.add(socket) }
        economy = look.tally.economy()
        watch.looked(look, economy, at: time)
    }

    /// Takes a socket out of the table, tells of its end, and leaves TIME-WAIT or nothing.
    mutating func end(_ socket: SocketSnapshot, leavingTimeWait: Bool) throws {
        table.removeAll { $0.cookie == socket.cookie }
        var ended = socket
        ended.state = .closed
        ended.inode = 0
        ended.userID = 0
        watch.ended(ended)
        guard leavingTimeWait else { return }
        var rest = socket
        rest.state = .timeWait
        rest.timer = SocketTimer(kind: .timeWait, milliseconds: 60_000)
        rest.inode = 0
        rest.userID = 0
        table.append(rest)
    }

    /// Says that these inodes are a program's.
    mutating func find(_ inodes: Set<UInt32>, _ name: String, group: ControlGroup? = nil) {
        var owners = SocketOwners()
        let process = ProcessDescription(
            number: 812, name: name, userID: 1000, startedAfterBoot: .zero, controlGroup: group)
        for inode in inodes {
            owners.holders[inode] = [SocketOwner(process: process, descriptor: 3)]
        }
        watch.found(owners, of: inodes)
    }
}

@Suite struct `A watch over ports` {
    private static let database = ConnectionPlace.destination(
        Destination(address: .v4(0x0a00_0009), port: 5432))

    @Test func `tells who closed first by what is left of a connection`() throws {
        var machine = WatchedMachine()
        machine.sample()
        let first = try WatchedMachine.connection(1, port: 33_001, inode: 11)
        let second = try WatchedMachine.connection(2, port: 33_002, inode: 12)
        machine.table = [first, second]
        machine.sample()
        #expect(machine.watch.unsearchedInodes == [11, 12])
        machine.find([11, 12], "psql", group: ControlGroup(path: "/system.slice/job.service"))
        #expect(machine.watch.unsearchedInodes == [])
        try machine.end(first, leavingTimeWait: true)
        try machine.end(second, leavingTimeWait: false)
        machine.look()
        let record = try #require(machine.watch.closings.first)
        #expect(machine.watch.closings.count == 1)
        #expect(record.owner == .program("psql", unit: "job.service"))
        #expect(record.place == Self.database)
        #expect(record.here == 1 && record.there == 1)
        // Nothing is counted twice.
        machine.look()
        #expect(machine.watch.closings == [record])
    }

    @Test func `takes an orphan's record of FIN-WAIT-2 for TIME-WAIT`() throws {
        var machine = WatchedMachine()
        machine.sample()
        let socket = try WatchedMachine.connection(1, inode: 11)
        machine.table = [socket]
        machine.sample()
        try machine.end(socket, leavingTimeWait: true)
        machine.table[0].state = .finWait2
        machine.look()
        #expect(machine.watch.closings.map(\.here) == [1])
    }

    @Test func `takes no TIME-WAIT for its own that another connection has left`() throws {
        var machine = WatchedMachine()
        machine.sample()
        let socket = try WatchedMachine.connection(1, inode: 11)
        machine.table = [socket]
        machine.sample()
        try machine.end(socket, leavingTimeWait: true)
        machine.table[0].cookie = 2
        machine.look()
        #expect(machine.watch.closings.map(\.here) == [0])
        #expect(machine.watch.closings.map(\.there) == [1])
    }

    @Test func `says no more of an owner than was seen`() throws {
        var machine = WatchedMachine()
        machine.sample()
        var inGroup = try WatchedMachine.connection(1, port: 33_001, inode: 11)
        inGroup.controlGroupID = 77
        var inNone = try WatchedMachine.connection(2, port: 33_002, inode: 12)
        inNone.controlGroupID = 78
        let unseen = try WatchedMachine.connection(3, port: 33_003, inode: 13)
        machine.table = [inGroup, inNone]
        machine.sample()
        // Nobody was found.
        machine.watch.found(SocketOwners(), of: [11, 12])
        #expect(machine.watch.unnamedGroups == [77, 78])
        machine.watch.named(77, ControlGroup(path: "/system.slice/cron.service"))
        machine.watch.named(78, nil)
        #expect(machine.watch.unnamedGroups == [])
        for socket in [inGroup, inNone, unseen] {
            try machine.end(socket, leavingTimeWait: true)
        }
        machine.look()
        #expect(
            Set(machine.watch.closings.map(\.owner)) == [
                .unit("cron.service"), .user(1000), .unseen,
            ])
    }

    @Test func `gives what was not seen, or not accepted, to who listens there`() throws {
        var machine = WatchedMachine()
        var listener = try SocketFixture.socket(.listen, 8080)
        listener.inode = 50
        machine.table = [listener]
        machine.look()
        machine.find(machine.watch.unsearchedInodes, "nginx")
        let short = try WatchedMachine.connection(1, port: 8080, to: "10.0.0.7", 40_000)
        let waiting = try WatchedMachine.connection(2, port: 8080, to: "10.0.0.7", 40_001)
        machine.table.append(waiting)
        machine.sample()
        try machine.end(short, leavingTimeWait: true)
        try machine.end(waiting, leavingTimeWait: true)
        machine.look()
        let record = try #require(machine.watch.closings.first)
        #expect(record.owner == .program("nginx", unit: nil))
        #expect(record.place == .service(8080))
        #expect(record.here == 2)
        #expect(machine.watch.closings.count == 1)
    }

    @Test func `keeps the owner of what its program has closed and the kernel has not`() throws {
        var machine = WatchedMachine()
        machine.sample()
        var socket = try WatchedMachine.connection(1, inode: 11)
        machine.table = [socket]
        machine.sample()
        machine.find([11], "curl")
        socket.state = .finWait1
        socket.inode = 0
        machine.table = [socket]
        machine.look()
        try machine.end(socket, leavingTimeWait: true)
        machine.look()
        #expect(machine.watch.closings.map(\.owner) == [.program("curl", unit: nil)])
    }

    @Test func `counts connections as made once, whether they were seen or only their ends`() throws
    {
        var machine = WatchedMachine()
        let old = try WatchedMachine.connection(1, port: 33_001)
        machine.table = [old]
        machine.sample()
        machine.look()
        #expect(machine.watch.trend(of: Self.database).latest == 0)
        let new = try WatchedMachine.connection(2, port: 33_002)
        machine.table.append(new)
        machine.sample()
        machine.sample()
        try machine.end(new, leavingTimeWait: true)
        try machine.end(try WatchedMachine.connection(3, port: 33_003), leavingTimeWait: true)
        machine.look()
        #expect(machine.watch.trend(of: Self.database).opened == [0, 2])
        #expect(machine.watch.trend(of: Self.database).held == [1, 1])
        // The end of a listener, or of what was bound only, is none of a connection.
        machine.watch.ended(try SocketFixture.socket(.closed, 8080))
        machine.look()
        #expect(machine.watch.trend(of: Self.database).opened == [0, 2, 0])
        #expect(machine.watch.closings.map(\.here) == [1, 1])
    }

    @Test func `says when connections that stay fill the ports`() throws {
        var machine = WatchedMachine()
        machine.sample()
        var exhaustion: [Duration?] = []
        for second in 0..<8 {
            for number in 0..<10 {
                let port = UInt16(33_000 + 10 * second + number)
                machine.table.append(
                    try WatchedMachine.connection(UInt64(port), port: port, inode: 1))
            }
            machine.look()
            exhaustion.append(machine.watch.exhaustion(of: machine.economy.outgoing[0]))
        }
        // Ten more a second: 20 are left after the eighth.
        #expect(exhaustion.prefix(3).allSatisfy { $0 == nil })
        #expect(
            exhaustion.dropFirst(3) == [
                .seconds(6), .seconds(5), .seconds(4), .seconds(3), .seconds(2),
            ])
        // What goes up and down is no growth.
        machine.table.removeLast(30)
        machine.look()
        #expect(machine.watch.exhaustion(of: machine.economy.outgoing[0]) == nil)
    }

    @Test func `says so when ends got lost, and forgets what it was not told of`() throws {
        var machine = WatchedMachine()
        machine.sample()
        machine.table = [try WatchedMachine.connection(1, inode: 11)]
        machine.sample()
        machine.table = []
        machine.watch.endsWereLost()
        machine.look()
        #expect(machine.watch.hasLostEnds)
        #expect(machine.watch.unsearchedInodes == [])
        #expect(machine.watch.closings == [])
    }

    @Test func `keeps a limited past`() throws {
        var machine = WatchedMachine()
        machine.sample()
        machine.table = [try WatchedMachine.connection(1)]
        for _ in 0..<100 { machine.look() }
        #expect(machine.watch.trend(of: Self.database).held.count == PortWatch.longestTrend)
        machine.table = []
        for _ in 0..<100 { machine.look() }
        #expect(machine.watch.trend(of: Self.database).held.isEmpty)
        for number in 0..<2_000 {
            let port = UInt16(20_000 + number)
            try machine.end(
                try WatchedMachine.connection(UInt64(5_000 + number), to: "10.0.0.9", port),
                leavingTimeWait: false)
        }
        machine.look()
        #expect(machine.watch.closings.count == 1_000)
        #expect(machine.watch.untold == 1_000)
    }
}
