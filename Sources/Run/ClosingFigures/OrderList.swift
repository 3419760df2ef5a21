// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import TextForms

/// Orders as a table, or as JSON, one object a line.
package enum OrderList {
    /// A table; its head says how many there are.
    package static func text(_ filter: OrderFilter) -> String {
        let orders = filter.orders()
        let figure = ClosureFigure(.anyOrder)
        let count = orders.count == 1 ? "1 order" : "\(orders.count) orders"
        var text =
            "\(count) of layer \(filter.layer.name): segments arrive \(OrderFilter.words(filter.layer))\n"
        guard !orders.isEmpty else { return text }
        text += "\n  first  FINs cross  lost  TIME-WAIT  paths A, B  order\n"
        for facts in orders.map(OrderFacts.init) {
            let paths = facts.paths.map { path in
                figure.walks.firstIndex { $0.states == path.states }.map { String($0 + 1) } ?? "RST"
            }
            let columns = [
                (facts.first?.rawValue ?? "-").padded(to: 5),
                (facts.finsCross ? "yes" : "no").padded(to: 10),
                String(facts.losses).padded(to: 4), facts.keeperWord.padded(to: 9),
                paths.joined(separator: ", ").padded(to: 10), facts.name,
            ]
            text += "  " + columns.joined(separator: "  ") + "\n"
        }
        return text + "\n" + legend(figure)
    }

    private static func legend(_ figure: ClosureFigure) -> String {
        var text = "Paths:\n"
        for (index, walk) in figure.walks.enumerated() {
            let states = walk.states.map(\.rawValue).joined(separator: " -> ")
            text += "  \(index + 1)  \(states)\n"
        }
        return text + "\nDraw one: lastcall closing figure --order NAME\n"
    }

    /// One object for each order, on a line of its own.
    package static func json(_ filter: OrderFilter) -> String {
        let bytes = filter.orders()
            .flatMap { order in
                let facts = OrderFacts(order)
                var line = JSONText()
                line.member("v", 1)
                line.member("order", facts.name)
                line.member("layer", filter.layer.name)
                line.member("closes_first", orNull: facts.first?.rawValue)
                line.member("fins_cross", facts.finsCross)
                line.member("lost", facts.losses)
                line.member("reset", facts.hasReset)
                line.member("keeps_time_wait", facts.keepers.map(\.rawValue))
                line.member("states", order.states.map { [$0.a.rawValue, $0.b.rawValue] })
                return line.line()
            }
        return String(decoding: bytes, as: UTF8.self)
    }
}
