// SPDX-License-Identifier: Apache-2.0

/// What an exploration found, in numbers.
public struct Census: Hashable, Sendable {
    /// How many orders there are, from the start to where nothing can happen any more.
    public internal(set) var orders = 0
    /// In how many orders each pair of last states is where it ends.
    public internal(set) var ends: [JointState: Int] = [:]
    /// Different connections met, the start among them.
    public internal(set) var connections = 0
    /// Events followed from them.
    public internal(set) var transitions = 0
    /// Pairs of states met, the start among them.
    public internal(set) var jointStates: Set<JointState> = []
}

extension Exploration {
    /// Counts all orders without making them: each connection is visited once.
    public func census() -> Census {
        var counter = OrderCounter(layer: layer, table: table)
        let from = Connection(numbersSegments: false)
        let ends = counter.ends(from: from)
        counter.census.ends = ends
        counter.census.orders = ends.values.reduce(0, +)
        return counter.census
    }
}

/// Counts the ways from each connection to each end.
private struct OrderCounter {
    let layer: Layer
    let table: TransitionTable
    var census = Census()
    private var known: [Connection: [JointState: Int]] = [:]

    init(layer: Layer, table: TransitionTable) {
        self.layer = layer
        self.table = table
    }

    /// In how many orders from here each pair of states is the last.
    mutating func ends(from connection: Connection) -> [JointState: Int] {
        if let ends = known[connection] { return ends }
        census.connections += 1
        census.jointStates.insert(connection.states)
        let events = connection.enabledEvents(in: layer, by: table)
        var ends: [JointState: Int] = events.isEmpty ? [connection.states: 1] : [:]
        for event in events {
            census.transitions += 1
            var next = connection
            next.apply(event, by: table)
            for (end, count) in self.ends(from: next) { ends[end, default: 0] += count }
        }
        known[connection] = ends
        return ends
    }
}
