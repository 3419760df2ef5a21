// SPDX-License-Identifier: Apache-2.0

package import ShellContract

/// Input that is all there from the start, or once a gate is open.
package struct FixedInput: SessionInput {
    private let bytes: [UInt8]

    private let gate: Gate?

    package init(_ bytes: [UInt8], behind gate: Gate? = nil) {
        self.bytes = bytes
        self.gate = gate
    }

    package var finalLength: Int? { bytes.count }

    package func read(
        at offset: Int, upTo count: Int
    ) async throws(SessionInputFailure) -> [UInt8] {
        await gate?.wait()
        return Array(bytes[min(offset, bytes.count)..<min(offset + count, bytes.count)])
    }
}
