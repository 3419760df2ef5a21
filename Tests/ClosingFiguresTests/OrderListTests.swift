// SPDX-License-Identifier: Apache-2.0

import ClosingFigures
import TCPClosing
import Testing

@Suite struct `A filter of orders` {
    private func filter(_ change: (inout OrderFilter) -> Void) -> [Order] {
        var filter = OrderFilter()
        filter.layer = .losses(1)
        change(&filter)
        return filter.orders()
    }

    @Test func `divides the orders by each of its questions`() {
        let all = filter { _ in }
        #expect(all.count == 74)
        let answers: [[[Order]]] = [
            ConnectionEnd.allCases.map { end in filter { $0.first = end } },
            [true, false].map { crossing in filter { $0.crossing = crossing } },
            [0, 1].map { losses in filter { $0.losses = losses } },
            OrderFilter.Keeper.allCases.map { keeper in filter { $0.keeper = keeper } },
        ]
        for parts in answers {
            #expect(Set(parts.joined()) == Set(all))
            #expect(parts.reduce(0) { $0 + $1.count } == all.count)
        }
    }

    @Test(arguments: ClosingPolicy.allCases)
    func `finds what a closing policy leads to`(policy: ClosingPolicy) {
        let orders = filter {
            $0.layer = .inOrder
            $0.policy = policy
        }
        #expect(!orders.isEmpty)
        for order in orders {
            switch policy {
            case .localFirst: #expect(order.keepers.contains(.a))
            case .remoteFirst: #expect(order.keepers == [.b])
            case .resetAfterEnd: #expect(order.keepers == [] && order.hasReset)
            }
        }
    }

    @Test func `counts what is too much to list`() {
        var filter = OrderFilter()
        filter.layer = .data
        #expect(filter.countInLayer > OrderFilter.most)
    }
}

@Suite struct `An explanation` {
    @Test(arguments: Explanation.all)
    func `can be drawn, and fits into 80 columns`(explanation: Explanation) throws {
        #expect(Explanation.named(explanation.topic) == explanation)
        let lines = try explanation.text().split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.contains { $0.contains("lastcall closing figure --order ") })
    }

    /// What its words claim about an order.
    @Test func `of TIME-WAIT shows what it says`() throws {
        let lost = try Order(named: "a-a1-b1-b-b2-xa2-rb-b3-a3")
        #expect(lost.keepers == [.a])
        #expect(lost.end.losses == 1)
        #expect(lost.timeWaitRestarts == 1)
        let plain = try Order(named: "a-a1-b1-b-b2-a2")
        #expect(plain.keepers == [.a])
        #expect(plain.path(of: .b).states == [.closeWait, .lastAck, .closed])
        // The numbers of its last sentence.
        let fact = Explanation.Fact.firstAcknowledgedKeeps(.losses(2)).text
        #expect(fact.contains("Of the 326 orders"))
        #expect(fact.hasSuffix("in 326."))
    }

    @Test func `of crossing FINs and of lost TIME-WAITs counts all of them`() {
        #expect(
            Explanation.Fact.bothKeepWhenCrossing(.inOrder).text
                == "In 8 orders of layer in-order the FINs cross; both ends keep TIME-WAIT in 8 of "
                + "them.")
        #expect(Explanation.Fact.nobodyKeeps(.anyOrder).text.contains("just explored, 6 end"))
    }

    @Test(arguments: ["la-a1", "wb-b1-a1-a-a2", "a-a1-b1-wb-b2-a2", "a-a1-b-b2-a2-b1-a3-b3"])
    func `of RST is right that nobody keeps anything`(name: String) throws {
        let order = try Order(named: name)
        #expect(order.hasReset)
        #expect(order.keepers == [])
    }

    @Test func `of half-close ends with TIME-WAIT where the first FIN came from`() throws {
        let order = try Order(named: "ha-a1-b1-wb-b2-a2-ga-b-b3-a3")
        #expect(order.keepers == [.a])
        #expect(order.closesFirst == .a)
        #expect(order.path(of: .a).states == [.finWait1, .finWait2, .timeWait])
    }
}

@Suite struct `The table of states` {
    @Test(arguments: TCPState.allCases)
    func `has every event of a state once`(state: TCPState) {
        let text = StateTable.rows(of: state)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let lines = StateTable.json(of: [state]).split(separator: "\n")
        #expect(lines.count == ClosingEvent.allCases.count)
        let all = text.split(separator: "\n").joined(separator: " ")
        for event in ClosingEvent.allCases { #expect(all.contains(event.rawValue)) }
    }
}
