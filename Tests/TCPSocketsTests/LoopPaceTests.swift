// SPDX-License-Identifier: Apache-2.0

import TCPSockets
import Testing

@Suite struct `The pace of a loop` {
    private let start = ContinuousClock.now

    private func after(_ milliseconds: Int) -> ContinuousClock.Instant {
        start + .milliseconds(milliseconds)
    }

    @Test func `is behind from the end of a wait to the beginning of the next`() {
        var pace = LoopPace()
        #expect(pace.behind(at: after(0)) == .zero)
        pace.turnBegan(at: after(10), due: nil)
        #expect(pace.behind(at: after(14)) == .milliseconds(4))
        pace.turnEnded(at: after(15))
        #expect(pace.behind(at: after(1000)) == .milliseconds(5))
        pace.turnBegan(at: after(1000), due: after(2000))
        pace.turnEnded(at: after(1001))
        #expect(pace.behind(at: after(2000)) == .milliseconds(6))
    }

    @Test func `is behind from when a timer was due`() {
        var pace = LoopPace()
        pace.turnBegan(at: after(50), due: after(20))
        pace.turnEnded(at: after(51))
        #expect(pace.behind(at: after(60)) == .milliseconds(31))
    }

    @Test func `counts no time twice`() {
        var pace = LoopPace()
        pace.turnBegan(at: after(10), due: nil)
        pace.turnEnded(at: after(30))
        // A timer that came due during the turn has been counted until here.
        pace.turnBegan(at: after(31), due: after(15))
        pace.turnEnded(at: after(33))
        #expect(pace.behind(at: after(40)) == .milliseconds(23))
    }
}
