// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import Testing

@Suite struct `An exploration` {
    struct Expectation: Sendable, CustomTestStringConvertible {
        var layer: Layer
        var orders: Int
        /// Pairs of states, the start among them.
        var jointStates: Int
        var ends: [JointState: Int]
        var testDescription: String { layer.name }

        init(
            _ layer: Layer, orders: Int, jointStates: Int, both: Int, oneEach: Int, nobody: Int = 0
        ) {
            self.layer = layer
            self.orders = orders
            self.jointStates = jointStates
            ends = [
                JointState(.timeWait, .timeWait): both,
                JointState(.timeWait, .closed): oneEach, JointState(.closed, .timeWait): oneEach,
            ]
            if nobody > 0 { ends[JointState(.closed, .closed)] = nobody }
        }
    }

    static let expectations = [
        Expectation(.inOrder, orders: 12, jointStates: 22, both: 8, oneEach: 2),
        Expectation(.anyOrder, orders: 22, jointStates: 25, both: 12, oneEach: 2, nobody: 6),
        Expectation(.losses(1), orders: 74, jointStates: 24, both: 42, oneEach: 16),
        Expectation(.losses(2), orders: 326, jointStates: 24, both: 176, oneEach: 75),
    ]

    @Test(arguments: expectations)
    func `finds every order`(_ expected: Expectation) {
        let orders = Exploration(expected.layer).orders()
        #expect(orders.count == expected.orders)
        #expect(Set(orders.flatMap(\.states)).count == expected.jointStates)
        let ends = Dictionary(grouping: orders, by: \.end.states).mapValues(\.count)
        #expect(ends == expected.ends)
    }

    @Test(arguments: expectations)
    func `counts what it finds without making it`(_ expected: Expectation) {
        let census = Exploration(expected.layer).census()
        #expect(census.orders == expected.orders)
        #expect(census.jointStates.count == expected.jointStates)
        #expect(census.ends == expected.ends)
    }

    @Test(arguments: expectations)
    func `gives each order a name of its own, by which it can be replayed`(
        _ expected: Expectation
    ) throws {
        let orders = Exploration(expected.layer).orders()
        #expect(Set(orders.map(\.name)).count == orders.count)
        for order in orders { #expect(try Order(named: order.name) == order) }
    }

    @Test(arguments: expectations)
    func `never meets an event that the table calls impossible`(_ expected: Expectation) {
        for order in Exploration(expected.layer).orders() {
            for step in order.steps { #expect(step.transition?.isPossible != false, "\(order)") }
        }
    }

    @Test func `finds the four paths of a normal closure`() {
        let four = [
            "FIN-WAIT-1 → TIME-WAIT", "CLOSE-WAIT → LAST-ACK → CLOSED",
            "FIN-WAIT-1 → CLOSING → TIME-WAIT", "FIN-WAIT-1 → FIN-WAIT-2 → TIME-WAIT",
        ]
        for layer in [Layer.anyOrder, .losses(1), .losses(2)] {
            #expect(Exploration(layer).paths().map(\.description) == four)
        }
        // The shortest one takes a FIN that comes without the ACK before it.
        #expect(Exploration(.inOrder).paths().map(\.description) == Array(four.dropFirst()))
    }

    @Test func `says what can happen where a name goes wrong`() throws {
        let order = try Order(named: "a-a1-b1-b-b2-a2")
        #expect(order.end.states == JointState(.timeWait, .closed))
        let fault = #expect(throws: OrderNameFault.self) { try Order(named: "a-b1") }
        #expect(fault?.place == 2)
        #expect(fault?.description.contains("`b1`, cannot happen there; can:") == true)
    }
}
