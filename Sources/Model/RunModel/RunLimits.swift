// SPDX-License-Identifier: Apache-2.0

/// The limits a run keeps to.
package struct RunLimits: Hashable, Sendable {
    /// How many hosts are open at once, at least 1.
    package var fanout: Int
    /// How long a host may take from its turn until its command runs; `nil` is for ever.
    package var connectTimeout: Duration?
    /// How long a host's command may run; `nil` is for ever.
    package var commandTimeout: Duration?
    /// How long a stopped host may take to end before its connection is reset.
    package var stopGrace: Duration

    package init(
        fanout: Int, connectTimeout: Duration?, commandTimeout: Duration?,
        stopGrace: Duration = .seconds(5)
    ) {
        precondition(fanout >= 1, "a window holds at least one host")
        self.fanout = fanout
        self.connectTimeout = connectTimeout
        self.commandTimeout = commandTimeout
        self.stopGrace = stopGrace
    }
}
