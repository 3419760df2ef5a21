// SPDX-License-Identifier: Apache-2.0

package import TCPClosing
import TextForms

/// The transition table as text, or as JSON, one object a line.
package enum StateTable {
    private static let width = 80
    private static let eventWidth = 42

    /// All states with what leads out of each.
    package static func overview(_ table: TransitionTable = .linux) -> String {
        let states = TCPState.allCases.map { state in
            head(state) + lines(table.rows.filter { $0.state == state && $0.next != state }) + "\n"
        }
        return states.joined() + """
            Every event in one state, also the ignored and the impossible ones:
              lastcall closing states FIN-WAIT-1

            """
    }

    /// Everything that can, and cannot, happen in a state.
    package static func rows(of state: TCPState, _ table: TransitionTable = .linux) -> String {
        let rows = table.rows.filter { $0.state == state }
        let parts = ["moves", "stays", "ignored", "impossible"]
            .map { name in (name, rows.filter { outcome($0) == name }) }
            .filter { !$0.1.isEmpty }
            .map { "\n  \(title($0.0))\n\(lines($0.1))" }
        return head(state) + parts.joined()
    }

    private static func title(_ outcome: String) -> String {
        switch outcome {
        case "moves": "Leads on"
        case "stays": "Stays, but something is sent or a timer starts again"
        case "ignored": "Ignored"
        case _: "Impossible"
        }
    }

    /// One object for each row of the table.
    package static func json(
        of states: [TCPState] = TCPState.allCases, _ table: TransitionTable = .linux
    ) -> String {
        let bytes = table.rows.filter { states.contains($0.state) }
            .flatMap { row in
                var line = JSONText()
                line.member("v", 1)
                line.member("state", row.state.rawValue)
                line.member("event", row.event.rawValue)
                line.member("outcome", outcome(row))
                line.member("next", row.next.rawValue)
                line.member("sends", orNull: row.sends == .nothing ? nil : row.sends.rawValue)
                line.member("starts_time_wait", row.startsTimeWait)
                line.member("reason", orNull: row.reason)
                line.member("source", row.source)
                return line.line()
            }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func head(_ state: TCPState) -> String {
        let words = meaning(of: state).wrapped(to: width - 2).map { "  \($0)\n" }.joined()
        return "\(state)\n" + words
    }

    /// Rows that say the same are one.
    private static func lines(_ rows: [Transition]) -> String {
        var groups: [(effect: String, remark: String, events: [String])] = []
        for row in rows {
            let (effect, remark) = (effect(row), remark(row))
            let place = groups.firstIndex { $0.effect == effect && $0.remark == remark }
            if let place {
                groups[place].events.append(row.event.rawValue)
            } else {
                groups.append((effect, remark, [row.event.rawValue]))
            }
        }
        return
            groups.map { group in
                let room = group.effect.isEmpty ? width - 4 : eventWidth
                let events = wrapped(group.events, to: room)
                let first = "    " + events[0].padded(to: eventWidth) + "  " + group.effect
                let rest = events.dropFirst().map { "    \($0)" }
                let remark = group.remark.wrapped(to: width - 8).map { "        \($0)" }
                return ([first.withoutTrailingSpaces] + rest + remark).map { "\($0)\n" }.joined()
            }
            .joined()
    }

    /// Names of events, semicolons between them, in lines of a width.
    private static func wrapped(_ events: [String], to width: Int) -> [String] {
        (events.dropLast().map { $0 + ";" } + events.suffix(1)).wrapped(to: width)
    }

    private static func effect(_ row: Transition) -> String {
        var parts: [String] = []
        if row.next != row.state { parts.append("-> \(row.next)") }
        if row.sends != .nothing { parts.append("sends \(row.sends.rawValue)") }
        if row.startsTimeWait, row.state == .timeWait { parts.append("60 s again") }
        return parts.joined(separator: ", ")
    }

    private static func remark(_ row: Transition) -> String {
        row.reason.map { "\($0) (\(row.source))" } ?? row.source
    }

    private static func outcome(_ row: Transition) -> String {
        switch row.outcome {
        case .moves: "moves"
        case .stays: "stays"
        case .ignored: "ignored"
        case .impossible: "impossible"
        }
    }

    /// What a state means (RFC 9293 section 3.3.2).
    package static func meaning(of state: TCPState) -> String {
        switch state {
        case .closed: "There is no connection, or it is over."
        case .listen: "Waits for a SYN from any remote end."
        case .synSent: "Our SYN is out; waits for the remote end's."
        case .synReceived: "Both SYNs are out; waits for the ACK of ours."
        case .established: "Both directions are open."
        case .finWait1: "Our FIN is out and not acknowledged; the remote end has not closed."
        case .finWait2: "Our FIN is acknowledged; the remote end has not closed."
        case .closeWait: "The remote end has closed; the process here has not yet."
        case .closing: "Both FINs have crossed; ours is not acknowledged yet."
        case .lastAck: "The remote end closed first; our FIN is not acknowledged yet."
        case .timeWait:
            "Both FINs are acknowledged; repeats the last ACK if need be, 60 s on Linux."
        }
    }
}
