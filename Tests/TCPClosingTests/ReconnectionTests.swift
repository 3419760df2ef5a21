// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import Testing

@Suite struct `A second connection between the same ports` {
    private static func listening() -> Connection {
        Layer.reconnection(timestamps: true).start()
    }

    private func end(_ name: String, by table: TransitionTable = .linux) throws -> Order {
        try Order(named: name, from: Self.listening(), by: table)
    }

    @Test func `takes TIME-WAIT over when its SYN is newer`() throws {
        let order = try end("a-a1-b1-b-b2-a2-nb-b3-a3-b4")
        #expect(order.states.contains(JointState(.synReceived, .synSent)))
        #expect(order.end.states == JointState(.established, .established))
    }

    @Test func `is held up by TIME-WAIT when its SYN is older, and ends it by a RST`() throws {
        let closed = "a-a1-b1-b-b2-a2"
        let order = try end(closed + "-pb-b3-a3-b4")
        #expect(order.end.states == JointState(.closed, .synSent))
        #expect(
            try end(closed + "-pb-b3-a3-b4-rb-b5-a4-b6").end.states
                == JointState(.established, .established))
        // The setting of RFC 1337 keeps TIME-WAIT, and the second connection out.
        let kept = try end(closed + "-pb-b3-a3-b4", by: .linux(rfc1337: true))
        #expect(kept.end.states == JointState(.timeWait, .synSent))
    }

    @Test func `is not let in by TIME-WAIT when nobody listens`() throws {
        let order = try Order(named: "a-a1-b1-b-b2-a2-nb-b3")
        #expect(order.steps.last?.transition?.event == .oldSyn)
        #expect(order.end.states == JointState(.timeWait, .synSent))
    }

    @Test func `replaces a mini-socket in FIN-WAIT-2 and clears its peer's CLOSE-WAIT away`() throws
    {
        let order = try end("a-a1-b1-na-a2-b2-a3-ra-a4-b3-a5")
        #expect(order.states.contains(JointState(.synSent, .closeWait)))
        #expect(order.states.contains(JointState(.synSent, .closed)))
        #expect(order.end.states == JointState(.established, .established))
    }

    @Test func `always comes up in the end when segments carry timestamps`() {
        let ends = Exploration(.reconnection(timestamps: true)).census().ends
        #expect(Array(ends.keys) == [JointState(.established, .established)])
    }

    @Test func `has to wait without timestamps where both ends are in TIME-WAIT`() {
        let ends = Exploration(.reconnection(timestamps: false)).census().ends
        #expect(
            ends == [
                JointState(.established, .established): 8, JointState(.timeWait, .timeWait): 8,
            ])
    }

    /// Measured: connect(2) on a four-tuple that rests.
    @Test func `may start here by the kernel's rule`() {
        var taken: Set<TimeWaitReuse> = []
        for holder in TimeWaitReuse.Holder.allCases {
            for choice in TimeWaitReuse.PortChoice.allCases {
                for setting in TimeWaitReuse.Setting.allCases {
                    for (age, isLoopback, stamps) in [
                        (0, false, true), (2, false, true), (2, true, true), (2, true, false),
                    ] {
                        let reuse = TimeWaitReuse(
                            holder, hadTimestamps: stamps, choice: choice, age: .seconds(age),
                            setting: setting, isLoopback: isLoopback)
                        if reuse.answer == .takesOver { taken.insert(reuse) }
                    }
                }
            }
        }
        // bound: 2 holders × 3 settings × 3 with timestamps; automatic: TIME-WAIT aged 2 s, by
        // setting 1 anywhere and by setting 2 on loopback
        #expect(taken.count == 18 + 3)
        #expect(taken.allSatisfy { $0.hadTimestamps })
        #expect(taken.count { $0.choice == .automatic && $0.holder == .finWait2 } == 0)
    }
}
