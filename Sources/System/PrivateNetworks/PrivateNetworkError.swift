// SPDX-License-Identifier: Apache-2.0

package import SystemPackage

/// Why private networks could not be made or used.
package struct PrivateNetworkError: Error, Hashable, CustomStringConvertible {
    /// What was tried, as the subject of a sentence: `unshare(CLONE_NEWNET)`.
    package var operation: String
    /// What the kernel said.
    package var code: Errno

    package init(_ operation: String, _ code: Errno) {
        self.operation = operation
        self.code = code
    }

    package var description: String { "\(operation): \(code)" }

    /// Whether more rights would have helped.
    package var isPermission: Bool { code == .notPermitted || code == .permissionDenied }
}
