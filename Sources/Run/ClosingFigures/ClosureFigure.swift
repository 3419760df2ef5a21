// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// All states that one end can pass during a normal closure, and how it gets from each to the next.
///
/// Found by exploring every order of events, not written down: another transition table gives another
/// figure.
package struct ClosureFigure: Hashable, Sendable {
    /// A way through the figure.
    package struct Walk: Hashable, Sendable {
        /// The states after ESTABLISHED.
        package var states: [TCPState]
        /// How many ends of all the orders walk it.
        package var count: Int
        /// The plainest order in which an end does, and which end.
        package var example: String
        package var walker: ConnectionEnd
    }

    /// One state leads to another.
    package struct Edge: Hashable, Sendable {
        package var from: TCPState
        package var to: TCPState
        /// What leads there, and what is sent, as `FIN / ACK`.
        package var labels: [String]
        /// The walks that go along here, by place in `walks`; none for what ends TIME-WAIT.
        package var walks: [Int]
    }

    /// The walks, so ordered that those with a common beginning are neighbours.
    package private(set) var walks: [Walk] = []
    /// The edges, by state.
    package private(set) var edges: [Edge] = []
    /// How many orders were explored.
    package let orderCount: Int
    /// Their layer.
    package let layer: Layer

    /// Explores a layer.
    package init(_ layer: Layer = .anyOrder, by table: TransitionTable = .linux) {
        self.init(Exploration(layer, by: table).orders(), of: layer, by: table)
    }

    /// Looks at some orders of a layer.
    package init(_ orders: [Order], of layer: Layer, by table: TransitionTable = .linux) {
        self.layer = layer
        orderCount = orders.count
        var walks: [ClosingPath: Walk] = [:]
        var labels: [Pair: Set<String>] = [:]
        var efforts: [ClosingPath: Int] = [:]
        for order in orders {
            let effort = Self.effort(order)
            for end in ConnectionEnd.allCases {
                let path = order.path(of: end)
                var walk =
                    walks[path]
                    ?? Walk(
                        states: path.states, count: 0, example: order.name, walker: end)
                walk.count += 1
                if effort < efforts[path, default: .max] {
                    efforts[path] = effort
                    (walk.example, walk.walker) = (order.name, end)
                }
                walks[path] = walk
            }
            for step in order.steps {
                guard let row = step.transition, row.next != row.state else { continue }
                labels[Pair(row.state, row.next), default: []].insert(Self.label(row))
            }
        }
        let end = table[.timeWait, .timeWaitTimer]
        if walks.keys.contains(where: { $0.states.contains(.timeWait) }) {
            labels[Pair(end.state, end.next), default: []].insert("60 s over")
        }
        self.walks = walks.values.sorted { Self.isBefore($0.states, $1.states) }
        edges = labels.map { pair, labels in edge(pair, Self.plainest(labels)) }
            .sorted { Self.isBefore([$0.from, $0.to], [$1.from, $1.to]) }
    }

    /// Whether it can be drawn so that a reader can follow each walk: few of them, short labels, and
    /// no way back to where a connection begins.
    package var isDrawable: Bool {
        walks.count <= 4
            && edges.allSatisfy { edge in
                let isClosing = ![.listen, .synSent, .synReceived].contains(edge.to)
                return isClosing && (edge.walks.isEmpty || edge.labels.count <= 2)
            }
    }

    private struct Pair: Hashable {
        var from: TCPState
        var to: TCPState

        init(_ from: TCPState, _ to: TCPState) { (self.from, self.to) = (from, to) }
    }

    private func edge(_ pair: Pair, _ labels: [String]) -> Edge {
        let along = walks.indices.filter { index in
            let states = [.established] + walks[index].states
            return zip(states, states.dropFirst()).contains { $0 == pair.from && $1 == pair.to }
        }
        return Edge(from: pair.from, to: pair.to, labels: labels, walks: along)
    }

    /// How much a reader of an order has to keep in mind: segments that others overtake or meet.
    private static func effort(_ order: Order) -> Int {
        let flights = TimeLine(order).flights
        return order.steps.count + 10 * flights.count { $0.arrival != $0.departure + 1 }
    }

    private static func label(_ row: Transition) -> String {
        row.sends == .nothing ? row.event.rawValue : "\(row.event) / \(row.sends.rawValue)"
    }

    /// Leaves out what says less: `FIN / ACK` says all that `FIN+ACK of FIN / ACK` does, and where
    /// an ACK leads on, so does a FIN once more that brings it.
    private static func plainest(_ labels: Set<String>) -> [String] {
        let more = [
            "FIN / ACK": "FIN+ACK of FIN / ACK", "ACK of FIN": "old FIN+ACK of FIN",
        ]
        let spare = more.filter { labels.contains($0.key) }.values
        return labels.filter { !spare.contains($0) }.sorted()
    }

    private static func isBefore(_ a: [TCPState], _ b: [TCPState]) -> Bool {
        a.map(Self.place).lexicographicallyPrecedes(b.map(Self.place))
    }

    private static func place(_ state: TCPState) -> Int {
        TCPState.allCases.firstIndex(of: state) ?? 0
    }
}
