// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import Testing

/// Each case was replayed on a live kernel, Linux 6.18, which agreed after every event.
@Suite struct `A connection that is reset` {
    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var order: String
        var states: JointState
        var testDescription: String { what }

        init(_ what: String, _ order: String, _ a: TCPState, _ b: TCPState) {
            self.what = what
            self.order = order
            states = JointState(a, b)
        }
    }

    static let cases = [
        Case("unread data at close", "wb-b1-a-a1-a2", .closed, .closed),
        Case("data after close, in FIN-WAIT-1", "a-wb-b1-a1-a2-b2", .closed, .closed),
        Case("data after close, in FIN-WAIT-2", "a-a1-b1-wb-b2-a2", .closed, .closed),
        Case("unread data, the remote end has closed", "wb-b1-b-b2-a-a1-a2-a3", .closed, .closed),
        Case("linger 0", "la-a1", .closed, .closed),
        Case("linger 0 in CLOSE-WAIT", "b-b1-la-a1-a2", .closed, .closed),
        Case("linger 0 in FIN-WAIT-2", "ha-a1-b1-la-a2", .closed, .closed),
        Case("process killed, everything read", "ka-a1-b1-b-b2-a2", .timeWait, .closed),
        Case("process killed, data unread", "wb-b1-ka-a1-a2", .closed, .closed),
        Case("half-close, then data read", "ha-a1-b1-wb-b2-ga-b-b3", .timeWait, .lastAck),
        Case("both close while a reply is in flight", "a-wb-b-b1-a1-a2-b2-b3", .closed, .closed),
        Case("read to the end, then linger 0", "wb-b1-ga-b-b2-a1-a2-la-a3", .closed, .closed),
        Case("linger 0 in LAST-ACK, silent", "b-b1-ha-la-a1-a2", .closed, .timeWait),
    ]

    @Test(arguments: cases)
    func `leaves what the kernel leaves`(_ item: Case) throws {
        #expect(try Order(named: item.order).end.states == item.states)
    }

    @Test func `aborts when a lingering socket is closed`() {
        var connection = Connection()
        connection[.a].lingersZero = true
        let step = connection.apply(.close(.a))
        #expect(step.transition?.event == .abort)
        #expect(step.sent?.kind == .rst)
    }

    @Test func `is one that lost data, or was told to abort, or met what is closed`() {
        Exploration(.data)
            .forEachStep { before, step, _ in
                guard let row = step.transition, row.sends == .rst, let end = step.event.end else {
                    return
                }
                let losing: Set<ClosingEvent> = [
                    .abort, .closeUnread, .lateData, .lateDataAckOfFin,
                ]
                #expect(losing.contains(row.event) || before[end].state == .closed, "\(row)")
            }
    }

    /// An order is more than its steps: whether a RST was sent before is remembered beside them.
    @Test func `is the only way in which an orderly close leaves no TIME-WAIT`() {
        struct Story: Hashable {
            var connection = Connection(numbersSegments: false)
            var hasReset = false
        }
        var found = [Story()]
        var known = Set(found)
        while let story = found.popLast() {
            let events = story.connection.enabledEvents(in: .data)
            let states = story.connection.states
            if events.isEmpty, !story.hasReset {
                #expect(states.a == .timeWait || states.b == .timeWait, "\(states)")
            }
            for event in events {
                var next = story
                if next.connection.apply(event).sent?.kind == .rst { next.hasReset = true }
                if known.insert(next).inserted { found.append(next) }
            }
        }
        #expect(known.count > 5_000)
    }
}
