// SPDX-License-Identifier: Apache-2.0

/// Why a source of groups gives no answer; nothing is run on half of one.
package struct GroupFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong and what to do, in one line.
    package var description: String

    package init(_ description: String) { self.description = description }
}
