// SPDX-License-Identifier: Apache-2.0

/// Which of a command's two output streams bytes came from.
package enum OutputStream: UInt8, Hashable, Sendable, CaseIterable {
    case standardOutput
    case standardError
}
