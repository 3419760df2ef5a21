// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// Visits every state a small ledger can be in, and has each answer judged by the model.
struct LedgerExploration {
    /// One event a ledger can be told.
    enum Move: Hashable {
        case lease(Destination)
        case withdraw(Int)
        case returned(FourTuple, rests: Bool)
        case refusedTuple(FourTuple)
        case refusedPort(FourTuple)
        case tick
        /// Time passes and the ledger is not told.
        case second
    }

    struct World: Hashable {
        var ledger: PortLedger
        var model: LedgerModel
        var tickets = 0
        var seconds = 0

        var now: Duration { .seconds(seconds) }
        private var later: Duration { .seconds(seconds + 1) }

        /// Makes the move; says what is wrong with the answer.
        mutating func make(_ move: Move) -> String? {
            switch move {
            case .lease(let destination):
                tickets += 1
                let answer = ledger.lease(tickets, to: destination, at: now)
                return model.asked(tickets, to: destination, answer: answer, at: now)
                    ?? model.fault(in: ledger)
            case .withdraw(let ticket):
                ledger.withdraw(ticket)
                model.withdrew(ticket)
                return model.fault(in: ledger)
            case .returned(let tuple, let rests):
                model.returned(tuple, restUntil: rests ? later : nil)
                let grants = ledger.returned(tuple, restUntil: rests ? later : nil, at: now)
                return model.served(grants, at: now) ?? model.fault(in: ledger)
            case .refusedTuple(let tuple): return refused(tuple, wholePort: false)
            case .refusedPort(let tuple): return refused(tuple, wholePort: true)
            case .tick:
                let grants = ledger.tick(at: now)
                if let next = ledger.nextTick, next <= now { return "ticks at \(next) again" }
                return model.served(grants, at: now) ?? model.fault(in: ledger)
            case .second:
                seconds += 1
                return nil
            }
        }

        private mutating func refused(_ tuple: FourTuple, wholePort: Bool) -> String? {
            guard let ticket = model.leases[tuple] else { return "\(tuple) is not leased" }
            model.refused(tuple, until: later, wholePort: wholePort)
            let answer =
                wholePort
                ? ledger.refusedPort(tuple, until: later, of: ticket, at: now)
                : ledger.refusedTuple(tuple, until: later, of: ticket, at: now)
            return model.asked(ticket, to: tuple.destination, answer: answer, at: now)
                ?? model.fault(in: ledger)
        }
    }

    let ports: [UInt16]
    let destinations: [Destination]
    let tickets: Int
    let seconds: Int

    private(set) var states = 0
    /// Broken promises, each with the move that broke it.
    private(set) var faults: [String] = []

    init(ports: [UInt16], destinations: [Destination], tickets: Int, seconds: Int) {
        self.ports = ports
        self.destinations = destinations
        self.tickets = tickets
        self.seconds = seconds
    }

    mutating func explore() {
        let first = World(ledger: PortLedger(ports: ports), model: LedgerModel(ports: ports))
        var seen: Set = [first]
        var frontier = [first]
        while let world = frontier.popLast(), faults.isEmpty {
            for move in moves(in: world) {
                var after = world
                if let fault = after.make(move) { faults.append("\(move) \(fault): \(world)") }
                if seen.insert(after).inserted { frontier.append(after) }
            }
        }
        states = seen.count
    }

    private func moves(in world: World) -> [Move] {
        var moves: [Move] = [.tick]
        if world.tickets < tickets { moves += destinations.map(Move.lease) }
        if world.seconds < seconds { moves.append(.second) }
        moves += world.model.waiters.map { .withdraw($0.ticket) }
        for tuple in world.model.leases.keys {
            moves += [
                .returned(tuple, rests: false), .returned(tuple, rests: true),
                .refusedTuple(tuple), .refusedPort(tuple),
            ]
        }
        return moves
    }
}
