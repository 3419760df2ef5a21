// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// Where the parts of a `ClosureFigure` are, on a grid: a column for each walk, a rank for each step.
package struct ClosureLayout: Hashable, Sendable {
    /// A state.
    package struct Node: Hashable, Sendable {
        package var state: TCPState
        package var rank: Int
        /// In columns; between two of them where walks share the state.
        package var column: Double
    }

    /// An edge, with the column in which it runs down.
    package struct Lane: Hashable, Sendable {
        package var edge: ClosureFigure.Edge
        package var from: Node
        package var to: Node
        package var column: Double
    }

    /// States, from above.
    package let nodes: [Node]
    /// Edges.
    package let lanes: [Lane]
    /// How many columns there are.
    package let columns: Int
    /// How many ranks there are.
    package let ranks: Int

    /// Lays a figure out.
    package init(_ figure: ClosureFigure) {
        var ranks: [TCPState: Int] = [.established: 0]
        // As often as there are states: the longest way to each is found.
        for _ in TCPState.allCases {
            for edge in figure.edges {
                guard let rank = ranks[edge.from] else { continue }
                ranks[edge.to] = max(ranks[edge.to] ?? 0, rank + 1)
            }
        }
        func mean(_ walks: [Int]) -> Double {
            walks.isEmpty ? 0 : Double(walks.reduce(0, +)) / Double(walks.count)
        }
        var nodes: [TCPState: Node] = [:]
        for (state, rank) in ranks {
            let through = figure.walks.indices.filter {
                state == .established || figure.walks[$0].states.contains(state)
            }
            nodes[state] = Node(state: state, rank: rank, column: mean(through))
        }
        lanes = figure.edges.compactMap { edge in
            guard let from = nodes[edge.from], let to = nodes[edge.to] else { return nil }
            let column = edge.walks.isEmpty ? from.column : mean(edge.walks)
            return Lane(edge: edge, from: from, to: to, column: column)
        }
        self.nodes = nodes.values.sorted { ($0.rank, $0.column) < ($1.rank, $1.column) }
        columns = figure.walks.count
        self.ranks = (ranks.values.max() ?? 0) + 1
    }
}
