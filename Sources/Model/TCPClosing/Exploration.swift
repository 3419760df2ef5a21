// SPDX-License-Identifier: Apache-2.0

/// Every order of events within a layer.
///
/// `orders` holds each one with its steps: for replaying and drawing. `census`, `paths` and
/// `forEachStep` visit each connection once, however many orders run through it: for layers whose
/// orders nobody could hold. Neither ends with a table by which two ends answer each other's ACKs
/// for ever; no other table keeps it from ending.
public struct Exploration: Sendable {
    /// What may happen.
    public let layer: Layer
    /// What it does.
    public let table: TransitionTable
    /// Where all orders begin.
    public let start: Connection

    /// Makes an exploration of a layer.
    public init(
        _ layer: Layer, by table: TransitionTable = .linux, from start: Connection? = nil
    ) {
        self.layer = layer
        self.table = table
        self.start = start ?? layer.start()
    }

    /// All orders, sorted by what happened first: the order of `enabledEvents`.
    ///
    /// An order is over when nothing is enabled any more: no call left to make, nothing in flight,
    /// nothing to send again. The states of its end wait for timers only, or for nothing.
    public func orders() -> [Order] {
        var orders: [Order] = []
        forEachOrder { orders.append($0) }
        return orders
    }

    /// Visits all orders without holding them.
    public func forEachOrder(_ visit: (Order) -> Void) {
        var order = Order(from: start)
        extend(&order, visit)
    }

    private func extend(_ order: inout Order, _ visit: (Order) -> Void) {
        let events = order.end.enabledEvents(in: layer, by: table)
        if events.isEmpty { return visit(order) }
        for event in events {
            order.append(event, by: table)
            extend(&order, visit)
            order.removeLast()
        }
    }
}
