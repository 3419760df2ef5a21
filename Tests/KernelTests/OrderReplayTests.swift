// SPDX-License-Identifier: Apache-2.0

import ClosingLab
import PrivateNetworks
import TCPClosing
import Testing

@Suite struct `The kernel` {
    private static let layers = ReplayedLayer.all.filter { !$0.isLong }.map(\.name)

    @Test(arguments: layers)
    func `agrees with the model after every event of every order`(name: String) async throws {
        let layer = try #require(ReplayedLayer.all.first { $0.name == name })
        let orders = layer.orders()
        let records = try await layer.replay(orders)
        #expect(records.map(\.order) == orders)
        #expect(records.allSatisfy { $0.events.count == $0.order.events.count })
        if let record = OrderReplay.shortestDisagreement(in: records) {
            Issue.record("\(RecordText.lines(of: record).joined(separator: "\n"))")
        }
    }

    @Test func `agrees without TUN, over packet sockets`() async throws {
        let orders = Exploration(.inOrder).orders()
        let records = try await OrderReplay(plan: NetworkPlan(link: .packet)).records(of: orders)
        #expect(records.count == 12)
        #expect(records.allSatisfy { $0.disagreement == nil })
    }

    @Test func `agrees over IPv6, too`() async throws {
        let plan = NetworkPlan(family: .ipv6)
        let orders = Exploration(.anyOrder).orders() + Exploration(.losses(1)).orders()
        let records = try await OrderReplay(plan: plan).records(of: orders)
        #expect(records.count == 22 + 74)
        #expect(records.allSatisfy { $0.disagreement == nil })
    }

    /// Rows that a reader could believe: each is wrong, and an order shows it.
    private static let wrongRows: [Transition] = [
        Transition(.finWait2, .fin, .moves(.closed), sends: .ack, source: "wrong"),
        Transition(.finWait1, .fin, .moves(.closing), source: "wrong"),
        Transition(.finWait1, .finAckOfFin, .moves(.finWait2), sends: .ack, source: "wrong"),
        Transition(.closing, .ackOfFin, .moves(.closed), source: "wrong"),
        Transition(.lastAck, .ackOfFin, .moves(.timeWait), source: "wrong"),
        Transition(.timeWait, .oldAck, .ignored("wrong"), source: "wrong"),
        Transition(.timeWait, .rst, .ignored("wrong"), source: "wrong"),
    ]

    @Test(arguments: wrongRows)
    func `disagrees with a table in which one row is wrong`(row: Transition) async throws {
        let table = TransitionTable.linux.replacing(row)
        let orders = Exploration(.anyOrder, by: table).orders()
        let records = try await OrderReplay().records(of: orders)
        let record = try #require(OrderReplay.shortestDisagreement(in: records))
        let place = try #require(record.disagreement?.place)
        // What shows it is the event of that row, or the first look after it.
        let shown = record.order.steps[...place].compactMap(\.transition)
        #expect(shown.contains(row))
        let text = RecordText.lines(of: record).joined(separator: "\n")
        #expect(text.contains(record.order.name))
        #expect(text.contains("wrong"))
        // No shorter order disagrees.
        let lengths = records.compactMap(\.disagreement?.place)
        #expect(place == lengths.min())
    }
}
