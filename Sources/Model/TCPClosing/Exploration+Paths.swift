// SPDX-License-Identifier: Apache-2.0

extension Exploration {
    /// The paths that ends walk in any of the orders, shortest first.
    public func paths() -> [ClosingPath] {
        var paths: Set<ClosingPath> = []
        for end in ConnectionEnd.allCases {
            var walker = PathWalker(exploration: self, end: end)
            for states in walker.walks(from: start.unnumbered) { paths.insert(ClosingPath(states)) }
        }
        return paths.sorted {
            ($0.states.count, $0.description) < ($1.states.count, $1.description)
        }
    }
}

/// Finds the ways of one end from each connection, once per connection.
private struct PathWalker {
    let exploration: Exploration
    let end: ConnectionEnd
    private var known: [Connection: Set<[TCPState]>] = [:]

    init(exploration: Exploration, end: ConnectionEnd) {
        self.exploration = exploration
        self.end = end
    }

    /// The states from here on, the present one in front, without repetitions.
    mutating func walks(from connection: Connection) -> Set<[TCPState]> {
        if let walks = known[connection] { return walks }
        let state = connection[end].state
        var walks: Set<[TCPState]> = []
        let isOver = state == .timeWait || state == .closed
        let (layer, table) = (exploration.layer, exploration.table)
        for event in isOver ? [] : connection.enabledEvents(in: layer, by: table) {
            var next = connection
            next.apply(event, by: table)
            for walk in self.walks(from: next) {
                walks.insert(walk.first == state ? walk : [state] + walk)
            }
        }
        if walks.isEmpty { walks = [[state]] }
        known[connection] = walks
        return walks
    }
}
