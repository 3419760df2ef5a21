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
        /// What is held has been held for too long.
        case tick
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
        /// Whose connection is held for whom.
        var held: [Int: Int] = [:]
        var toBegin: [Session]
        var lastHandshake = 0
    }

    struct Session: Hashable {
        var address: InternetAddress
        var answersFrom: InternetAddress
        var isSlow = false
        var isAdmitted = false
        var commandIsSent = false
        /// How often it was begun again.
        var restarts = 0
    }

    private(set) var states = 0
    private(set) var matches = 0
    private(set) var restarts = 0
    private(set) var confirmations = 0
    /// A bound: how often a session is begun again.
    private let restartLimit: Int
    /// Broken promises, each with the move that broke it.
    private(set) var faults: [String] = []

    init(restartLimit: Int = 2) { self.restartLimit = restartLimit }

    /// - Parameters:
    ///   - sessions: what may begin, in any order.
    ///   - listeners: how many there are.
    ///   - acquaintance: a server that has called back from this address before, so that listeners
    ///     are shared from the start.
    mutating func explore(
        _ sessions: [Session], listeners: Int, after acquaintance: InternetAddress? = nil
    ) {
        var first = World(matching: StderrMatching(listeners: listeners), toBegin: sessions)
        if let acquaintance {
            _ = first.matching.begin(0, towards: acquaintance)
            _ = first.matching.arrived(at: 0, from: acquaintance, at: .zero)
        }
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
            + (world.matching.nextTick == nil ? [] : [.tick])
    }

    private mutating func make(_ move: Move, in world: inout World) -> String? {
        switch move {
        case .begin(let index):
            let session = world.toBegin.remove(at: index)
            world.lastHandshake += 1
            world.live[world.lastHandshake] = session
            let actions = world.matching.begin(
                world.lastHandshake, towards: session.address, isSlow: session.isSlow)
            return perform(actions, arrived: nil, in: &world)
        case .connect(let handshake):
            guard let server = world.servers.removeValue(forKey: handshake) else { return nil }
            let actions = world.matching.arrived(
                at: server.listener, from: server.from, at: .zero)
            return perform(actions, arrived: handshake, in: &world)
        case .giveUp(let handshake):
            guard let session = world.live.removeValue(forKey: handshake) else { return nil }
            world.held[handshake] = nil
            let actions = world.matching.gaveUp(handshake, portWasNamed: session.isAdmitted)
            return perform(actions, arrived: nil, in: &world)
        case .replaced(let listener):
            world.retired.remove(listener)
            return perform(world.matching.replaced(listener), arrived: nil, in: &world)
        case .tick:
            let actions = world.matching.tick(at: StderrMatching.patience)
            return actions.isEmpty
                ? "does nothing when its time has come" : perform(actions, arrived: nil, in: &world)
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
            case .hold(let handshake):
                if answered { return "answers a connection twice" }
                answered = true
                guard let session = world.live[handshake] else { return "holds for the dead" }
                if session.commandIsSent { return "doubts after the command" }
                if world.held.updateValue(arrived ?? 0, forKey: handshake) != nil {
                    return "holds two connections for \(handshake)"
                }
            case .confirm(let handshake):
                matches += 1
                confirmations += 1
                guard let owner = world.held.removeValue(forKey: handshake) else {
                    return "confirms what is not held"
                }
                if owner != handshake { return "gives \(handshake) what is \(owner)'s" }
                if world.live.removeValue(forKey: handshake) == nil {
                    return "confirms a dead session"
                }
            case .discard:
                if answered { return "answers a connection twice" }
                answered = true
            case .restart(let restarted):
                restarts += 1
                for restart in restarted {
                    let handshake = restart.handshake
                    guard var session = world.live.removeValue(forKey: handshake) else {
                        return "restarts a dead session"
                    }
                    if session.commandIsSent { return "restarts a command that may have run" }
                    world.held[handshake] = nil
                    session.isAdmitted = false
                    session.isSlow = restart.isSlow
                    session.restarts += 1
                    if session.restarts <= restartLimit { world.toBegin.append(session) }
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
            guard servers[handshake] == nil, held[handshake] != handshake else { continue }
            // Its connection may be held for another session, for a time.
            let isHeldElsewhere = held.values.contains(handshake)
            if !isHeldElsewhere || (matching.nextTick == nil && !session.isSlow) {
                return "\(handshake) waits for ever: its port is closed"
            }
        }
        if !waiting.isEmpty, retired.isEmpty, live.allSatisfy({ !$0.value.isAdmitted }) {
            return "\(waiting.keys) wait for ever: nobody is before them"
        }
        return nil
    }
}
