// SPDX-License-Identifier: Apache-2.0

import RunModel
import Testing

@Suite struct `A limit kept by a machine that is behind` {
    private let patience = Patience(limit: .seconds(10), behind: .seconds(100))

    @Test func `is what it says while the machine keeps up`() {
        #expect(patience.added(behind: .seconds(100)) == .zero)
    }

    @Test func `grows by what the machine was behind since the wait began, and not before`() {
        #expect(patience.added(behind: .milliseconds(100_001)) == .milliseconds(1))
        #expect(patience.added(behind: .seconds(117)) == .seconds(17))
    }

    @Test func `ends, however far behind the machine is`() {
        #expect(patience.added(behind: .seconds(130)) == .seconds(30))
        #expect(patience.added(behind: .seconds(100_000)) == .seconds(30))
        let none = Patience(limit: .zero, behind: .zero)
        #expect(none.added(behind: .seconds(5)) == .zero)
    }

    @Test func `never shrinks`() {
        #expect(patience.added(behind: .seconds(99)) == .zero)
    }
}
