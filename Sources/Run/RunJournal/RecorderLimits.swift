// SPDX-License-Identifier: Apache-2.0

/// How much output the journal keeps of a run.
package struct RecorderLimits: Hashable, Sendable {
    /// Bytes of one host, both streams together.
    package var hostBytes: Int
    /// Bytes of all hosts together, before equal outputs are stored once.
    package var runBytes: Int

    package init(hostBytes: Int = 16 << 20, runBytes: Int = 1 << 30) {
        self.hostBytes = hostBytes
        self.runBytes = runBytes
    }

    /// No output at all.
    package static let none = RecorderLimits(hostBytes: 0, runBytes: 0)
}
