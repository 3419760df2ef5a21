// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import Testing

/// What holds in every order of a layer, proved by visiting all of them.
@Suite struct `Whoever closes` {
    static let normal = [Layer.inOrder, .losses(1), .losses(2), .losses(3)]

    @Test(arguments: normal)
    func `keeps TIME-WAIT if its FIN is the first that is acknowledged`(_ layer: Layer) {
        Exploration(layer)
            .forEachOrder { order in
                let first = order.firstAcknowledged
                #expect(first.map { order.keepers.contains($0) } == true, "\(order)")
            }
    }

    @Test(arguments: normal)
    func `shares TIME-WAIT with the other end exactly when their FINs cross`(_ layer: Layer) {
        Exploration(layer)
            .forEachOrder { order in
                #expect(order.keepers.count == (order.finsCross ? 2 : 1), "\(order)")
            }
    }

    @Test func `may lose TIME-WAIT to a RST when segments overtake each other`() {
        let orders = Exploration(.anyOrder).orders()
        for order in orders where !order.hasReset {
            let first = order.firstAcknowledged
            #expect(first.map { order.keepers.contains($0) } == true, "\(order)")
            #expect(order.keepers.count == (order.finsCross ? 2 : 1), "\(order)")
        }
        // An old ACK reaches TIME-WAIT, the answer reaches what is closed, and that sends a RST.
        let killed = orders.filter { $0.keepers.isEmpty }
        #expect(killed.count == 6)
        for order in killed {
            #expect(!order.finsCross)
            let rows = order.steps.compactMap(\.transition)
            let old = rows.firstIndex { $0.state == .timeWait && $0.event == .oldAck }
            let stray = rows.firstIndex { $0.state == .closed && $0.event == .ack }
            let end = rows.firstIndex { $0.state == .timeWait && $0.event == .rst }
            #expect(end == rows.count - 1)
            #expect([old, stray, end].compactMap(\.self).count == 3, "\(order)")
        }
    }

    @Test func `keeps TIME-WAIT whatever arrives when tcp_rfc1337 is on`() {
        let table = TransitionTable.linux(rfc1337: true)
        for layer in [Layer.anyOrder, .duplicates(1), .duplicates(2)] {
            Exploration(layer, by: table)
                .forEachStep { before, _, after in
                    for end in ConnectionEnd.allCases where before[end].state == .timeWait {
                        #expect(after[end].state == .timeWait)
                    }
                }
        }
        let ends = Exploration(.anyOrder, by: table).census().ends
        #expect(ends[JointState(.timeWait, .timeWait)] == 12)
        #expect(ends[JointState(.closed, .closed)] == nil)
    }

    @Test func `starts the 60 seconds again with every old segment but a RST`() throws {
        let order = try Order(named: "a-a1-b-b1-b2-da2-a2-ca2-b3")
        #expect(order.end.states == JointState(.closed, .closed))
        let lastAckLost = try Order(named: "a-a1-b1-b-b2-xa2-rb-b3-a3")
        #expect(lastAckLost.timeWaitRestarts == 1)
        #expect(lastAckLost.end.states == JointState(.timeWait, .closed))
        Exploration(.duplicates(2))
            .forEachStep { _, step, _ in
                guard let row = step.transition, row.state == .timeWait else { return }
                #expect(row.startsTimeWait == (row.event != .rst && row.event != .oldRst))
            }
    }

    @Test(arguments: Layer.all)
    func `waits for something that comes, or for nothing, in the end`(_ layer: Layer) {
        let exploration = Exploration(layer)
        for connection in exploration.connections()
        where connection.enabledEvents(in: layer).isEmpty {
            for end in ConnectionEnd.allCases {
                #expect(!connection[end].awaitsAcknowledgement, "\(connection)")
            }
        }
    }

    @Test(arguments: Layer.all)
    func `never meets an event that the table calls impossible there`(_ layer: Layer) {
        Exploration(layer)
            .forEachStep { _, step, _ in
                if let row = step.transition { #expect(row.isPossible, "\(row)") }
            }
    }

    /// Every order goes on by timers until nothing is left: no port is lost for ever.
    @Test(arguments: [
        Layer.inOrder, .anyOrder, .losses(1), .losses(2), .duplicates(1), .data,
    ])
    func `gets its port back once the timers have fired`(_ layer: Layer) {
        var timed = layer
        timed.hasTimers = true
        let census = Exploration(timed).census()
        #expect(Array(census.ends.keys) == [JointState(.closed, .closed)])
        #expect(census.orders >= Exploration(layer).census().orders)
    }

    /// A half-close keeps its descriptor, and FIN-WAIT-2 with a descriptor has no timer.
    @Test func `waits in FIN-WAIT-2 for ever only after a half-close`() {
        var layer = Layer.timers(losses: 1)
        layer.calls = [.shutDown]
        let gaveUp = JointState(.finWait2, .closed)
        let ends = Exploration(layer).census().ends
        #expect(Set(ends.keys.filter { $0.a == .finWait2 }) == [gaveUp])
        layer.calls = [.shutDown, .close]
        #expect(Array(Exploration(layer).census().ends.keys) == [JointState(.closed, .closed)])
    }
}
