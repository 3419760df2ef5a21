// SPDX-License-Identifier: Apache-2.0

import RunEngine
import RunModel
import Simulation
import Testing

@Suite struct DeadlinesTests {
    /// Takes all that passed, as host numbers in order.
    private static func passed(_ deadlines: inout Deadlines, at now: Duration) -> [Int] {
        var hosts: [Int] = []
        while let passed = deadlines.popPassed(at: now) { hosts.append(passed.host) }
        return hosts
    }

    /// `#expect` cannot call what changes its subject.
    private func expectEqual<Value: Equatable>(
        _ value: Value, _ expected: Value, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(value == expected, sourceLocation: location)
    }

    @Test func `deadlines pass in the order of their times, equal ones as they were set`() {
        var deadlines = Deadlines()
        for (host, seconds) in [(0, 3), (1, 1), (2, 2), (3, 1), (4, 9)] {
            deadlines.set(host, .connect, at: .seconds(seconds))
        }
        expectEqual(Self.passed(&deadlines, at: .milliseconds(999)), [])
        expectEqual(Self.passed(&deadlines, at: .seconds(3)), [1, 3, 2, 0])
        #expect(deadlines.count == 1)
    }

    @Test func `a deadline set again replaces the host's deadline`() {
        var deadlines = Deadlines()
        deadlines.set(0, .connect, at: .seconds(1))
        deadlines.set(0, .command, at: .seconds(5))
        let early = deadlines.popPassed(at: .seconds(4))
        #expect(early == nil)
        let passed = deadlines.popPassed(at: .seconds(5))
        #expect(passed?.host == 0)
        #expect(passed?.kind == .command)
        let late = deadlines.popPassed(at: .seconds(9))
        #expect(late == nil)
    }

    @Test func `a sleep is begun only for a deadline before the end of every other sleep`() {
        var deadlines = Deadlines()
        expectEqual(deadlines.beginSleep(), nil)
        deadlines.set(0, .command, at: .seconds(60))
        expectEqual(deadlines.beginSleep(), .seconds(60))
        expectEqual(deadlines.beginSleep(), nil)
        deadlines.set(1, .connect, at: .seconds(10))
        deadlines.set(2, .connect, at: .seconds(11))
        expectEqual(deadlines.beginSleep(), .seconds(10))
        expectEqual(deadlines.beginSleep(), nil)
        // The sleep is over; the deadline that it was for was forgotten.
        deadlines.clear(1)
        deadlines.slept(until: .seconds(10))
        expectEqual(deadlines.beginSleep(), .seconds(11))
    }

    @Test func `no sleep is begun for deadlines that were forgotten`() {
        var deadlines = Deadlines()
        deadlines.set(0, .connect, at: .seconds(1))
        deadlines.clear(0)
        expectEqual(deadlines.beginSleep(), nil)
    }

    @Test(arguments: 0..<50) func `deadlines agree with a plain dictionary`(seed: Int) {
        var numbers = Seed(UInt64(seed)).numbers(0)
        var deadlines = Deadlines()
        var oracle: [Int: Duration] = [:]
        var now = Duration.zero
        for _ in 0..<500 {
            let host = numbers.below(20)
            switch numbers.below(4) {
            case 0, 1:
                let time = now + numbers.tenths(upTo: 50)
                deadlines.set(host, .connect, at: time)
                oracle[host] = time
            case 2:
                deadlines.clear(host)
                oracle[host] = nil
            case _:
                now += numbers.tenths(upTo: 10)
                let expected = Set(oracle.filter { $0.value <= now }.keys)
                let passed = Self.passed(&deadlines, at: now)
                #expect(Set(passed) == expected)
                #expect(passed.count == expected.count)
                for host in expected { oracle[host] = nil }
            }
            #expect(deadlines.count == oracle.count)
        }
    }

    @Test func `forgotten deadlines do not pile up`() {
        var deadlines = Deadlines()
        for turn in 0..<10_000 {
            deadlines.set(turn, .connect, at: .seconds(10_000 - turn))
            if turn >= 32 { deadlines.clear(turn - 32) }
        }
        #expect(deadlines.count == 32)
        #expect(deadlines.entries <= 2 * 33 + 65)
    }
}
