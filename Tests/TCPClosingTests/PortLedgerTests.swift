// SPDX-License-Identifier: Apache-2.0

import SeededRandom
import TCPClosing
import Testing

@Suite struct `A port ledger` {
    private static func host(_ number: UInt32) -> Destination {
        Destination(address: .v4(0x0a00_0000 + number), port: 514)
    }

    private let near = host(1)
    private let far = host(2)

    /// What a ledger grants, in a form that can be written down.
    private struct Grant: Equatable {
        var ticket: Int
        var port: UInt16

        init(_ ticket: Int, _ port: UInt16) {
            self.ticket = ticket
            self.port = port
        }

        init(_ grant: PortLedger.Grant) { self.init(grant.ticket, grant.port) }
    }

    private func tuple(_ port: UInt16, _ destination: Destination) -> FourTuple {
        FourTuple(localPort: port, destination: destination)
    }

    @Test(arguments: [(1, 1, 3, 2), (1, 2, 3, 1), (2, 1, 3, 1), (2, 2, 2, 1)])
    func `keeps its promises in every order of events`(
        ports: Int, destinations: Int, tickets: Int, seconds: Int
    ) {
        var exploration = LedgerExploration(
            ports: Array([1023, 1022].prefix(ports)),
            destinations: Array([near, far].prefix(destinations)), tickets: tickets,
            seconds: seconds)
        exploration.explore()
        #expect(exploration.faults == [])
        #expect(exploration.states > 200, "\(exploration.states)")
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `serves thousands of destinations from four ports`(seed: UInt64) {
        var random = Seeded(seed: seed)
        let hosts = (0..<5_000).map { Self.host($0) }
        var world = LedgerExploration.World(
            ledger: PortLedger(ports: [1023, 1022, 1021, 1020]),
            model: LedgerModel(ports: [1023, 1022, 1021, 1020]))
        var mostWaiting = 0
        // Half of all towards thirty hosts, so that some have to wait.
        func destination() -> Destination {
            hosts[Int.random(in: 0..<(Bool.random(using: &random) ? 30 : 5_000), using: &random)]
        }
        for _ in 0..<2_000 {
            let move: LedgerExploration.Move
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<50: move = .lease(destination())
            case 50..<52: move = .second
            case 52..<54: move = .tick
            case 54..<56: move = world.model.waiters.first.map { .withdraw($0.ticket) } ?? .tick
            case let dice:
                let ticket = Int.random(in: 0...world.tickets, using: &random)
                let held = world.model.leases.filter { $0.value >= ticket }
                guard let tuple = held.min(by: { $0.value < $1.value })?.key else { continue }
                move =
                    switch dice {
                    case 56: .refusedPort(tuple)
                    case 57..<60: .refusedTuple(tuple)
                    case _: .returned(tuple, rests: dice.isMultiple(of: 2))
                    }
            }
            if let fault = world.make(move) {
                Issue.record("\(move) \(fault)")
                return
            }
            mostWaiting = max(mostWaiting, world.model.waiters.count)
        }
        #expect(mostWaiting > 10)
    }

    @Test func `lends one port to every destination at once, and to one destination once`() {
        var ledger = PortLedger(ports: [1023])
        for number in 0..<5_000 {
            #expect(
                ledger.lease(number, to: Self.host(UInt32(number)), at: .zero) == .grant(1023))
        }
        #expect(ledger.leasedCount == 5_000)
        #expect(
            ledger.lease(5_000, to: near, at: .zero) == .wait(.allBusyTowardsDestination(ports: 1)))
        #expect(
            ledger.returned(tuple(1023, near), at: .zero).map(Grant.init) == [Grant(5_000, 1023)])
    }

    @Test func `takes its ports in turn`() {
        var ledger = PortLedger(ports: [1023, 1022, 1021])
        let granted = (0..<6).map { ledger.lease($0, to: Self.host(UInt32($0)), at: .zero) }
        #expect(granted == [1023, 1022, 1021, 1023, 1022, 1021].map { .grant($0) })
    }

    @Test func `grants a resting four-tuple when its rest is over and not before`() {
        var ledger = PortLedger(ports: [1023])
        #expect(ledger.lease(1, to: near, at: .zero) == .grant(1023))
        #expect(
            ledger.returned(tuple(1023, near), restUntil: .seconds(60), at: .zero) == [])
        #expect(ledger.lease(2, to: far, at: .zero) == .grant(1023), "another destination may")
        #expect(
            ledger.lease(3, to: near, at: .seconds(1))
                == .wait(.allBusyTowardsDestination(ports: 1)))
        #expect(ledger.nextTick == .seconds(60))
        #expect(ledger.tick(at: .milliseconds(59_999)) == [])
        #expect(ledger.tick(at: .seconds(60)).map(Grant.init) == [Grant(3, 1023)])
        #expect(ledger.nextTick == nil)
    }

    @Test func `keeps the place of a request whose port was refused`() {
        var ledger = PortLedger(ports: [1023, 1022])
        #expect(ledger.lease(1, to: near, at: .zero) == .grant(1023))
        #expect(ledger.lease(2, to: near, at: .zero) == .grant(1022))
        _ = ledger.lease(3, to: near, at: .zero)
        let busy = PortLedger.Answer.wait(.allBusyTowardsDestination(ports: 2))
        #expect(
            ledger.refusedTuple(tuple(1022, near), until: .seconds(1), of: 2, at: .zero) == busy)
        #expect(
            ledger.refusedTuple(tuple(1023, near), until: .seconds(1), of: 1, at: .zero) == busy)
        #expect(ledger.tick(at: .seconds(1)).map(\.ticket) == [1, 2])
    }

    @Test func `tries the next port at once when one is held by another program`() {
        var ledger = PortLedger(ports: [1023, 1022])
        #expect(ledger.lease(1, to: near, at: .zero) == .grant(1023))
        #expect(
            ledger.refusedPort(tuple(1023, near), until: .seconds(1), of: 1, at: .zero)
                == .grant(1022))
        #expect(ledger.lease(2, to: far, at: .zero) == .grant(1022))
        #expect(
            ledger.refusedPort(tuple(1022, far), until: .seconds(1), of: 2, at: .zero)
                == .wait(.heldByOthers(ports: 2)))
        #expect(ledger.nextTick == .seconds(1))
        #expect(ledger.tick(at: .seconds(1)).map(Grant.init) == [Grant(2, 1023)])
    }

    @Test func `does not lose the chance of a waiter to a request of another destination`() {
        var ledger = PortLedger(ports: [1023])
        #expect(ledger.lease(1, to: near, at: .zero) == .grant(1023))
        _ = ledger.returned(tuple(1023, near), restUntil: .seconds(1), at: .zero)
        _ = ledger.lease(2, to: near, at: .zero)
        #expect(ledger.lease(3, to: far, at: .seconds(2)) == .grant(1023))
        #expect(ledger.nextTick == .seconds(1), "a tick is due")
    }

    @Test func `does not take back what was not lent`() async {
        await #expect(processExitsWith: .failure) {
            var ledger = PortLedger(ports: [1023])
            let host = Destination(address: .v4(0x0a00_0001), port: 514)
            _ = ledger.returned(FourTuple(localPort: 1023, destination: host), at: .zero)
        }
    }
}
