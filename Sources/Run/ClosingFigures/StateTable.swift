// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// The transition table as text, or as JSON, one object a line.
package enum StateTable {
    private static let eventWidth = 31
    private static let nextWidth = 14
    private static let sendsWidth = 9
    private static let width = 80

    /// All states with what leads out of each.
    package static func overview(_ table: TransitionTable = .linux) -> String {
        var text = ""
        for state in TCPState.allCases {
            let rows = table.rows.filter { $0.state == state && $0.next != state }
            text += head(state) + lines(rows) + "\n"
        }
        return text + """
            Every event in one state, also the ignored and the impossible ones:
              lastcall closing states FIN-WAIT-1

            """
    }

    /// Everything that can, and cannot, happen in a state.
    package static func rows(of state: TCPState, _ table: TransitionTable = .linux) -> String {
        head(state) + lines(table.rows.filter { $0.state == state })
    }

    /// One object for each row of the table.
    package static func json(
        of states: [TCPState] = TCPState.allCases, _ table: TransitionTable = .linux
    ) -> String {
        table.rows.filter { states.contains($0.state) }
            .map { row in
                JSONValue.object([
                    ("v", .number(1)), ("state", .string(row.state.rawValue)),
                    ("event", .string(row.event.rawValue)),
                    ("outcome", .string(outcome(row))), ("next", .string(row.next.rawValue)),
                    ("sends", row.sends == .nothing ? .null : .string(row.sends.rawValue)),
                    ("starts_time_wait", .boolean(row.startsTimeWait)),
                    ("reason", row.reason.map { .string($0) } ?? .null),
                    ("source", .string(row.source)),
                ])
                .text + "\n"
            }
            .joined()
    }

    private static func head(_ state: TCPState) -> String {
        let words = meaning(of: state).wrapped(to: width - 2).map { "  \($0)\n" }.joined()
        return "\(state)\n" + words
    }

    private static func lines(_ rows: [Transition]) -> String {
        rows.map { row in
            let next: String
            switch row.outcome {
            case .moves(let state): next = "-> \(state)"
            case .stays: next = "stays"
            case .ignored: next = "ignored"
            case .impossible: next = "impossible"
            }
            let again = row.startsTimeWait && row.state == .timeWait ? "60 s again. " : ""
            let remark = again + (row.reason.map { "\($0). " } ?? "") + row.source
            let first =
                "    " + row.event.rawValue.padded(to: eventWidth) + next.padded(to: nextWidth + 2)
                + (row.sends == .nothing ? "" : row.sends.rawValue).padded(to: sendsWidth)
            let parts = remark.wrapped(to: width - first.count)
            let indent = String(repeating: " ", count: first.count)
            return parts.enumerated()
                .map { ($0 == 0 ? first : indent) + $1 + "\n" }
                .joined()
        }
        .joined()
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
