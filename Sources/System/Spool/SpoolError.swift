// SPDX-License-Identifier: Apache-2.0

package import SystemPackage

/// Why bytes could not be spilled to, or read back from, the temporary file.
package struct SpoolError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done.
    package enum Operation: String, Hashable, Sendable, CaseIterable {
        case create
        case write
        case read
        /// Reading what is to be kept, from where it comes.
        case readSource
    }

    package var operation: Operation
    /// The directory the temporary file lives in; the file itself has no name.
    ///
    /// For `readSource`, the name of the source.
    package var directory: String
    package var errno: Errno

    package init(_ operation: Operation, in directory: String, _ errno: Errno) {
        self.operation = operation
        self.directory = directory
        self.errno = errno
    }

    /// What failed, where, and where it helps what to do.
    package var description: String {
        let what =
            switch operation {
            case .create: "cannot create a temporary file in \(directory): \(errno)"
            case .write: "cannot write to a temporary file in \(directory): \(errno)"
            case .readSource: "cannot read \(directory): \(errno)"
            case .read: "cannot read back a temporary file in \(directory): \(errno)"
            }
        switch errno {
        case .noSpace, .diskQuotaExceeded: return what + " (set TMPDIR to a larger file system)"
        default: return what
        }
    }
}
