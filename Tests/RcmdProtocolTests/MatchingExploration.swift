// SPDX-License-Identifier: Apache-2.0

import RcmdProtocol
import TCPClosing

/// Visits every state that a few sessions sharing a few listeners can be in, beside a simulation of
/// their servers that knows whose connection each one truly is.
struct MatchingExploration {
    /// One thing that can happen.
    enum Move: Hashable {
        case begin(Int)
        /// The server of this handshake connects to the listener it was told.
        case connect(Int)
        case giveUp(Int)
        case replaced(Int)
    }

    /// What a server that was told a listener will do, once.
    struct Server: Hashable {
        var listener: Int
        var from: InternetAddress
    }

    struct World: Hashable {
        var matching: StderrMatching
        /// Sessions, by handshake, that wait for admission or for their server.
        var live: [Int: Session] = [:]
        /// Servers that may still connect, also for sessions that gave up.
        var servers: [Int: Server] = [:]
        var retired: Set<Int> = []
        var toBegin: [Session]
        var lastHandshake = 0
    }

    struct Session: Hashable {
        var address: InternetAddress
        var answersFrom: InternetAddress
        var isExclusive = false
        var isAdmitted = false
        var commandIsSent = false
        /// A bound for the exploration: a session may be begun again twice.
        var restarts = 0
    }

    private(set) var states = 0
    private(set) var matches = 0
    private(set) var restarts = 0
    /// Broken promises, each with the move that broke it.
    private(set) var faults: [String] = []

    init() {}

    mutating func explore(_ sessions: [Session], listeners: Int) {
        let first = World(matching: StderrMatching(listeners: listeners), toBegin: sessions)
        var seen: Set = [first]
        var frontier = [first]
        while let world = frontier.popLast(), faults.isEmpty {
            for move in moves(in: world) {
                var after = world
                if let fault = make(move, in: &after) ?? after.lastingFault {
                    faults.append("\(move) \(fault); before: \(world); after: \(after)")
                }
                if seen.insert(after).inserted { frontier.append(after) }
            }
        }
        states = seen.count
    }

    private func moves(in world: World) -> [Move] {
        world.toBegin.indices.map(Move.begin) + world.servers.keys.map(Move.connect)
            + world.live.keys.map(Move.giveUp) + world.retired.map(Move.replaced)
    }

    private mutating func make(_ move: Move, in world: inout World) -> String? {
        switch move {
        case .begin(let index):
            let session = world.toBegin.remove(at: index)
            world.lastHandshake += 1
            world.live[world.lastHandshake] = session
            let actions = world.matching.begin(
                world.lastHandshake, towards: session.address, exclusively: session.isExclusive)
            return perform(actions, arrived: nil, in: &world)
        case .connect(let handshake):
            guard let server = world.servers.removeValue(forKey: handshake) else { return nil }
            let actions = world.matching.arrived(at: server.listener, from: server.from)
            return perform(actions, arrived: handshake, in: &world)
        case .giveUp(let handshake):
            guard let session = world.live.removeValue(forKey: handshake) else { return nil }
            let actions = world.matching.gaveUp(handshake, portWasNamed: session.isAdmitted)
            return perform(actions, arrived: nil, in: &world)
        case .replaced(let listener):
            world.retired.remove(listener)
            return perform(world.matching.replaced(listener), arrived: nil, in: &world)
        }
    }

    private mutating func perform(
        _ actions: [StderrMatching.Action], arrived: Int?, in world: inout World
    ) -> String? {
        var answered = arrived == nil
        for action in actions {
            switch action {
            case .admit(let handshake, let listener, let commandMustWait):
                guard var session = world.live[handshake] else { return "admits a dead session" }
                if session.isAdmitted { return "admits twice" }
                if world.retired.contains(listener) { return "admits to a retired listener" }
                session.isAdmitted = true
                session.commandIsSent = !commandMustWait
                world.live[handshake] = session
                world.servers[handshake] = Server(listener: listener, from: session.answersFrom)
            case .match(let handshake, let isStranger):
                if answered { return "answers a connection twice" }
                answered = true
                matches += 1
                if handshake != arrived { return "gives \(handshake) a connection of another" }
                guard let session = world.live.removeValue(forKey: handshake) else {
                    return "matches a dead session"
                }
                if isStranger != (session.address != session.answersFrom) {
                    return "is wrong about strangers"
                }
            case .discard:
                if answered { return "answers a connection twice" }
                answered = true
            case .restart(let handshakes):
                restarts += 1
                for handshake in handshakes {
                    guard var session = world.live.removeValue(forKey: handshake) else {
                        return "restarts a dead session"
                    }
                    if session.commandIsSent { return "restarts a command that may have run" }
                    session.isAdmitted = false
                    session.isExclusive = true
                    session.restarts += 1
                    if session.restarts < 3 { world.toBegin.append(session) }
                }
            case .retire(let listener):
                if !world.retired.insert(listener).inserted { return "retires twice" }
                // Nothing listens on that port any more.
                world.servers = world.servers.filter { $0.value.listener != listener }
            }
        }
        return answered ? nil : "does not answer a connection"
    }
}

extension MatchingExploration.World {
    /// What no session may ever have to live with.
    fileprivate var lastingFault: String? {
        let waiting = live.filter { !$0.value.isAdmitted }
        if matching.waitingCount != waiting.count { return "miscounts those who wait" }
        for (handshake, session) in live where session.isAdmitted {
            if servers[handshake] == nil {
                return "\(handshake) waits for ever: its port is closed"
            }
        }
        if !waiting.isEmpty, retired.isEmpty, live.allSatisfy({ !$0.value.isAdmitted }) {
            return "\(waiting.keys) wait for ever: nobody is before them"
        }
        return nil
    }
}
