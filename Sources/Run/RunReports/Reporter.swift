// SPDX-License-Identifier: Apache-2.0

package import RunModel

/// Turns the events of a run into text: event in, bytes out.
///
/// A reporter writes nothing itself. Replaying the same events gives the same bytes.
package protocol Reporter {
    /// Takes one event and appends what it makes of it to the page.
    mutating func receive(_ event: RunEvent, into page: inout Page)
}

/// Bytes for the two streams of this process, in order per stream.
package struct Page: Hashable, Sendable {
    package var standardOutput: [UInt8] = []
    package var standardError: [UInt8] = []

    package init() {}

    package var isEmpty: Bool { standardOutput.isEmpty && standardError.isEmpty }
}
