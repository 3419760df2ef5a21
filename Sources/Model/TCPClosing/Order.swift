// SPDX-License-Identifier: Apache-2.0

/// One order of events, from two open ends until nothing more can happen, with all it led to.
public struct Order: Hashable, Sendable {
    /// Where it began.
    public let start: Connection
    /// What happened, one step after another.
    public private(set) var steps: [Connection.Step] = []
    /// The connection after each step.
    public private(set) var connections: [Connection] = []

    /// An order in which nothing has happened yet.
    ///
    /// - Parameter start: a connection that numbers its segments, or the names are ambiguous.
    public init(from start: Connection = Connection()) { self.start = start }

    /// The connection after the last step.
    public var end: Connection { connections.last ?? start }

    /// What happened.
    public var events: [ConnectionEvent] { steps.map(\.event) }

    /// The states of both ends: at the start, and after each step.
    public var states: [JointState] { [start.states] + connections.map(\.states) }

    /// Lets one more event happen.
    public mutating func append(_ event: ConnectionEvent, by table: TransitionTable = .linux) {
        var connection = end
        steps.append(connection.apply(event, by: table))
        connections.append(connection)
    }

    func appending(_ event: ConnectionEvent, by table: TransitionTable) -> Order {
        var order = self
        order.append(event, by: table)
        return order
    }

    /// The states one end walks, without repetitions.
    public func path(of end: ConnectionEnd) -> ClosingPath { ClosingPath(states.map { $0[end] }) }
}
