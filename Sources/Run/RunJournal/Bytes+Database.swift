// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB

/// Bytes as the database takes them: GRDB knows blobs as `Data` only.
extension [UInt8] {
    /// The bytes as a value of a statement.
    var blob: DatabaseValue { Data(self).databaseValue }

    /// The bytes of a column; empty for NULL.
    init(of row: Row, _ column: String) {
        let data: Data? = row[column]
        self = data.map { [UInt8]($0) } ?? []
    }
}
