// SPDX-License-Identifier: Apache-2.0

import GRDB
import StateFiles
import SystemPackage

/// Why the journal cannot be used.
package struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A class of failure.
    package enum Kind: Hashable, Sendable, CaseIterable {
        /// Its directory or file cannot be made, read or written (read-only home, rights).
        case notAccessible
        /// No room on the disk.
        case full
        /// A later version of lastcall has written it.
        case newer
        /// It is no journal, or a damaged one.
        case corrupt
        /// Another process has been writing for too long.
        case busy
        /// Anything else SQLite says.
        case other
    }

    package var kind: Kind
    /// One line for a person: what, where, and what next.
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }

    init(_ failure: StateDirectory.Failure) {
        let kind: Kind =
            [.noSpace, .diskQuotaExceeded].contains(failure.errno) ? .full : .notAccessible
        self.init(kind, "\(failure)")
    }

    init(_ error: any Error, in file: String) {
        if let error = error as? JournalError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.other, "\(file): \(error)")
            return
        }
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(.full, "\(file): no room on the disk")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(.notAccessible, "\(file): cannot be written (\(error.resultCode))")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .corrupt,
                "\(file): damaged, or no journal (\(error.resultCode)): move it away, and the next run begins another"
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.busy, "\(file): another process has been writing for too long")
        default:
            let what = error.message ?? "\(error.resultCode)"
            self.init(.other, "\(file): \(what) (SQLite \(error.extendedResultCode.rawValue))")
        }
    }
}
