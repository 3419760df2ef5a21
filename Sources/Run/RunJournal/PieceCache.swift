// SPDX-License-Identifier: Apache-2.0

import GRDB

/// Pieces of outputs that were read, as many as fit a budget.
///
/// Reports are told outputs in the small pieces in which they came, many hosts in turn; without a
/// cache each would read 64 KiB to show a line.
struct PieceCache {
    private static let pieces = 512

    private struct Piece {
        var start: Int
        var bytes: [UInt8]
    }

    private let journal: Journal
    private var last: [Int64: Piece] = [:]

    init(journal: Journal) { self.journal = journal }

    /// Bytes of a content from an offset to the end of the piece they are in; empty at the end.
    mutating func bytes(
        of content: Int64, from offset: Int
    ) throws(JournalError) -> ArraySlice<UInt8> {
        if let piece = last[content], offset >= piece.start,
            offset < piece.start + piece.bytes.count
        {
            return piece.bytes[(offset - piece.start)...]
        }
        let found = try journal.read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT start, bytes FROM piece WHERE content = ? AND start <= ?
                    ORDER BY start DESC LIMIT 1
                    """)
            return try Row.fetchOne(statement, arguments: [content, offset])
                .map { Piece(start: $0["start"], bytes: [UInt8](of: $0, "bytes")) }
        }
        guard let found, offset < found.start + found.bytes.count else { return [] }
        if last.count >= Self.pieces { last.removeAll() }
        last[content] = found
        return found.bytes[(offset - found.start)...]
    }
}
