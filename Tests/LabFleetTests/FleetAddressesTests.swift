// SPDX-License-Identifier: Apache-2.0

import LabFleet
import Testing

@Suite struct `The addresses of the fleet` {
    @Test(arguments: [
        (1, "10.77.0.1"), (2, "10.77.0.[1-2]"), (250, "10.77.0.[1-250]"),
        (251, "10.77.0.[1-250],10.77.1.1"), (1000, "10.77.[0-3].[1-250]"),
        (1024, "10.77.[0-3].[1-250],10.77.4.[1-24]"),
    ])
    func `are written as a pattern`(count: Int, pattern: String) {
        #expect(FleetAddresses.pattern(count) == pattern)
    }
}
