// SPDX-License-Identifier: Apache-2.0

/// Every order of events within a layer.
///
/// `orders` holds each one with its steps: for replaying and drawing. `census` counts them without
/// making them, since many orders run through the same connections: for layers whose orders nobody
/// could hold.
public struct Exploration: Sendable {
    /// What may happen.
    public let layer: Layer
    /// What it does.
    public let table: TransitionTable
    /// Where all orders begin.
    public let start: Connection

    /// Makes an exploration of a layer.
    public init(
        _ layer: Layer, by table: TransitionTable = .linux, from start: Connection = Connection()
    ) {
        self.layer = layer
        self.table = table
        self.start = start
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
        extend(Order(from: start), visit)
    }

    private func extend(_ order: Order, _ visit: (Order) -> Void) {
        let events = order.end.enabledEvents(in: layer, by: table)
        if events.isEmpty { return visit(order) }
        for event in events { extend(order.appending(event, by: table), visit) }
    }

    /// The paths one end walks in any of the orders, shortest first.
    public func paths() -> [ClosingPath] {
        var paths: Set<ClosingPath> = []
        forEachOrder { order in
            for end in ConnectionEnd.allCases { paths.insert(order.path(of: end)) }
        }
        return paths.sorted {
            ($0.states.count, $0.description) < ($1.states.count, $1.description)
        }
    }
}
