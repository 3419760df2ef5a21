// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import Testing

@Suite struct `The transition table` {
    private let table = TransitionTable.linux

    @Test func `has the eleven states of RFC 9293 in its spelling`() {
        #expect(
            TCPState.allCases.map(\.description) == [
                "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
                "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT",
            ])
    }

    @Test(arguments: [
        ("TIME-WAIT", TCPState.timeWait), ("time_wait", .timeWait), ("finwait1", .finWait1),
        ("FIN-WAIT-2", .finWait2),
    ])
    func `finds a state by its name`(name: String, state: TCPState) {
        #expect(TCPState(named: name) == state)
        #expect(TCPState(named: "FIN-WAIT-3") == nil)
    }

    @Test func `has exactly one row for each pair of a state and an event`() {
        var rows: [String: Int] = [:]
        for row in table.rows { rows["\(row.state) \(row.event)", default: 0] += 1 }
        for state in TCPState.allCases {
            for event in ClosingEvent.allCases {
                #expect(rows["\(state) \(event)"] == 1, "\(state), \(event)")
                #expect(table[state, event].state == state)
                #expect(table[state, event].event == event)
            }
        }
        #expect(table.rows.count == 11 * 34)
    }

    @Test func `names a source in every row, and a reason where nothing happens`() {
        for row in table.rows {
            #expect(row.source.contains(#/RFC \d+|Linux|\(2\)/#), "\(row)")
            switch row.outcome {
            case .moves(let next): #expect(next != row.state, "\(row)")
            case .stays: break
            case .ignored(let reason), .impossible(let reason):
                #expect(!reason.isEmpty && row.sends == .nothing, "\(row)")
            }
        }
    }

    @Test func `treats the death of a process like the closing of its descriptor`() {
        for state in TCPState.allCases {
            for (death, close) in [
                (ClosingEvent.processEnds, ClosingEvent.close), (.processEndsUnread, .closeUnread),
            ] {
                #expect(table[state, death].outcome == table[state, close].outcome)
                #expect(table[state, death].sends == table[state, close].sends)
            }
        }
    }

    @Test func `differs in one row when tcp_rfc1337 is on`() {
        let differences = zip(table.rows, TransitionTable.linux(rfc1337: true).rows)
            .filter { $0 != $1 }
        #expect(differences.map(\.0) == [table[.timeWait, .rst]])
    }

    @Test func `starts the TIME-WAIT timer in every row that leads there`() {
        for row in table.rows where row.startsTimeWait { #expect(row.next == .timeWait) }
        for row in table.rows where row.outcome == .moves(.timeWait) {
            #expect(row.startsTimeWait)
        }
    }
}
