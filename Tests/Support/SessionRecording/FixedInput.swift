// SPDX-License-Identifier: Apache-2.0

package import ShellContract

/// Input that is all there from the start.
package struct FixedInput: SessionInput {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var finalLength: Int? { bytes.count }

    package func read(
        at offset: Int, upTo count: Int
    ) async throws(SessionInputFailure) -> [UInt8] {
        Array(bytes[min(offset, bytes.count)..<min(offset + count, bytes.count)])
    }
}
