// SPDX-License-Identifier: Apache-2.0

/// How a command ends.
package enum CommandEnd: Hashable, Sendable {
    /// With this exit status.
    case exited(Int32)
    /// By this signal.
    case killed(Int32)

    /// Reads a status of wait(2).
    init(waitStatus status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal)
    }
}
