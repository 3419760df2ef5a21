// SPDX-License-Identifier: Apache-2.0

/// What every event does in every state, as data: one row for each pair.
///
/// The rows follow RFC 9293, and Linux where the two differ or the RFC leaves a choice; each names its
/// source. `Endpoint` is driven by a table, so a table with one row changed is a different TCP.
public struct TransitionTable: Hashable, Sendable {
    /// The rows, by state and, within a state, by event, in the order of `allCases`.
    public private(set) var rows: [Transition]

    /// The table of Linux.
    ///
    /// - Parameter rfc1337: the setting `net.ipv4.tcp_rfc1337`. When it is off, as by default, a RST
    ///   ends TIME-WAIT (RFC 1337 calls that assassination).
    /// - Returns: a table with a row for each pair.
    public static func linux(rfc1337: Bool = false) -> TransitionTable {
        let segments = opening + acknowledgements + fins + bytes + resets(rfc1337: rfc1337)
        let rules = calls + segments + timers
        return TransitionTable(rules.flatMap(\.rows))
    }

    /// The table of Linux with its default settings.
    public static let linux = linux()

    /// Makes a table.
    ///
    /// - Parameter rows: one for each pair of a state and an event, in any order.
    init(_ rows: [Transition]) {
        self.rows = rows.sorted { Self.index($0.state, $0.event) < Self.index($1.state, $1.event) }
        precondition(
            self.rows.count == TCPState.allCases.count * ClosingEvent.allCases.count,
            "a table has one row for each pair of a state and an event")
    }

    /// The row of a pair.
    public subscript(state: TCPState, event: ClosingEvent) -> Transition {
        rows[Self.index(state, event)]
    }

    /// The table with one row replaced: a different TCP, to see whether a check notices.
    public func replacing(_ row: Transition) -> TransitionTable {
        var table = self
        table.rows[Self.index(row.state, row.event)] = row
        return table
    }

    private static func index(_ state: TCPState, _ event: ClosingEvent) -> Int {
        state.ordinal * ClosingEvent.count + event.ordinal
    }
}

extension TransitionTable {
    /// A row for several states and events at once.
    struct Rule {
        var states: [TCPState]
        var events: [ClosingEvent]
        var outcome: Transition.Outcome
        var sends: Transition.Reply
        var startsTimeWait: Bool
        var source: String

        var rows: [Transition] {
            events.flatMap { event in
                states.map {
                    Transition(
                        $0, event, outcome, sends: sends, startsTimeWait: startsTimeWait,
                        source: source)
                }
            }
        }
    }

    static func on(
        _ events: ClosingEvent..., in states: [TCPState], _ outcome: Transition.Outcome,
        sends: Transition.Reply = .nothing, startsTimeWait: Bool = false, _ source: String
    ) -> Rule {
        Rule(
            states: states, events: events, outcome: outcome, sends: sends,
            startsTimeWait: startsTimeWait, source: source)
    }
}
