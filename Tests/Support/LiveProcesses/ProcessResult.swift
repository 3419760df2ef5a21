// SPDX-License-Identifier: Apache-2.0

/// How a process ended, and what it wrote.
package struct ProcessResult: Sendable {
    /// Its exit status; 128 + n when signal n ended it.
    package var status: Int32
    /// Whether a signal ended it.
    package var wasKilled: Bool
    package var outputBytes: [UInt8]
    /// How much it wrote to standard output.
    package var outputCount: Int
    package var errorBytes: [UInt8]
    /// The largest resident set that was seen when output came, in KiB.
    package var peakMemory: Int

    package var output: String { String(decoding: outputBytes, as: UTF8.self) }
    package var error: String { String(decoding: errorBytes, as: UTF8.self) }
}
