// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// Explores the orders in which a TCP connection can close, and says which end keeps TIME-WAIT.
///
///     closing-orders [LAYER]        each order of a layer: in-order, any-order, losses-1 ...
///     closing-orders --order NAME   one order, step by step: a-a1-b1-b-b2-a2
///     closing-orders --measure      how fast each layer is explored, as a table
@main
enum Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case (nil, _): listOrders(of: .inOrder)
        case ("--measure", 1): Measurement.table()
        case ("--order", 2): show(arguments[1])
        case (let name, 1):
            guard let layer = Layer(named: name ?? "") else {
                let names = Layer.all.map(\.name).joined(separator: " ")
                return print("no layer `\(name ?? "")`; there are: \(names)")
            }
            listOrders(of: layer)
        case (_, _): print("usage: closing-orders [LAYER | --order NAME | --measure]")
        }
    }

    /// One line per order, or only the numbers when there are too many to read.
    static func listOrders(of layer: Layer) {
        let exploration = Exploration(layer)
        let census = exploration.census()
        if census.orders <= 10_000 {
            exploration.forEachOrder { order in
                print("\(keepers(order))  \(order.name)")
            }
        }
        print("\(census.orders) orders end in:")
        let ends = census.ends.sorted {
            ($1.value, $0.key.description) < ($0.value, $1.key.description)
        }
        for (states, count) in ends { print("    \(states): \(count)") }
    }

    private static func cause(of step: Connection.Step) -> String {
        guard let end = step.event.end else { return "on the way: \(step.segment?.label ?? "")" }
        return "\(end): \(step.transition?.event.description ?? "reads")"
    }

    private static func keepers(_ order: Order) -> String {
        switch order.keepers {
        case []: "nobody keeps TIME-WAIT"
        case [.a]: "A keeps TIME-WAIT     "
        case [.b]: "B keeps TIME-WAIT     "
        default: "both keep TIME-WAIT   "
        }
    }

    /// The states of both ends after each step, and what was sent.
    static func show(_ name: String) {
        do {
            let order = try Order(named: name)
            print("\(order.start.states)")
            for (step, connection) in zip(order.steps, order.connections) {
                let sent = step.sent.map { "  sends \($0.label)" } ?? ""
                print("\(connection.states)  \(cause(of: step))\(sent)")
            }
            print(keepers(order))
        } catch {
            print(error)
        }
    }
}
