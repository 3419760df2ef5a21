// SPDX-License-Identifier: Apache-2.0

/// The states that one end of a connection walks through until it has closed.
///
/// In any order, or with losses, there are four of them: the paths of the classic figure of a normal
/// closure. They are found by exploring (`Exploration.paths`), not written down. In order and without
/// a loss there are three: FIN-WAIT-1 → TIME-WAIT takes a FIN that overtakes the ACK before it or
/// stands in for it, when that one is lost or delayed.
public struct ClosingPath: Hashable, Sendable, CustomStringConvertible {
    /// The states, from the first after ESTABLISHED to TIME-WAIT or CLOSED.
    public let states: [TCPState]

    /// Makes a path of the states an end was in, with or without repetitions.
    ///
    /// It ends with the first TIME-WAIT or CLOSED: what ends TIME-WAIT is no part of it.
    public init(_ walked: [TCPState]) {
        var states: [TCPState] = []
        for state in walked where state != .established {
            if states.last == state { continue }
            states.append(state)
            if state == .timeWait || state == .closed { break }
        }
        self.states = states
    }

    /// The names with arrows between them.
    public var description: String { states.map(\.rawValue).joined(separator: " → ") }
}
