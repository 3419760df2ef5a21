// SPDX-License-Identifier: Apache-2.0

import GRDB
import RunModel

/// Puts outputs into the journal: equal ones once, long ones piece by piece.
///
/// An output that ends before any of it was written is looked up by its digest first. One that
/// grows is written as it comes, without a digest; at its end the digest is known, and if the same
/// bytes are there already its own copy goes.
struct OutputStore: Sendable {
    /// How long a piece is at most, in bytes.
    static let pieceBytes = 65_536

    /// One stream of one host.
    struct Source: Hashable, Sendable {
        var host: Int
        var stream: OutputStream
    }

    private struct Growing {
        var number: Int64
        var length = 0
        var hash = SHA256()
    }

    private let run: Int64
    private var growing: [Source: Growing] = [:]
    /// Contents by digest that rows of this run refer to, and that hence nobody prunes.
    private var known: [[UInt8]: Int64] = [:]

    init(run: Int64) { self.run = run }

    /// Writes the next bytes of an output that goes on.
    mutating func append(_ bytes: [UInt8], of source: Source, in db: Database) throws {
        guard !bytes.isEmpty else { return }
        var output: Growing
        if let known = growing[source] {
            output = known
        } else {
            try db.cachedStatement(sql: "INSERT INTO content (length) VALUES (0)").execute()
            output = Growing(number: db.lastInsertedRowID)
            let column = Self.column(source.stream)
            try db.cachedStatement(
                sql: "UPDATE host SET \(column) = ? WHERE run = ? AND target = ?"
            )
            .execute(arguments: [output.number, run, source.host])
        }
        try Self.insert(bytes, at: output.length, of: output.number, in: db)
        output.length += bytes.count
        output.hash.update(bytes)
        try db.cachedStatement(sql: "UPDATE content SET length = ? WHERE number = ?")
            .execute(arguments: [output.length, output.number])
        growing[source] = output
    }

    /// Writes the last bytes of an output.
    ///
    /// - Returns: the content that holds all of it; `nil` for an output without a byte.
    mutating func finish(
        _ bytes: [UInt8], of source: Source, in db: Database
    ) throws -> Int64? {
        guard growing[source] != nil else {
            return bytes.isEmpty ? nil : try whole(bytes, in: db)
        }
        try append(bytes, of: source, in: db)
        guard let output = growing.removeValue(forKey: source) else { return nil }
        let digest = output.hash.digest()
        if let same = try number(of: digest, in: db) {
            let column = Self.column(source.stream)
            try db.cachedStatement(
                sql: "UPDATE host SET \(column) = ? WHERE run = ? AND target = ?"
            )
            .execute(arguments: [same, run, source.host])
            try db.cachedStatement(sql: "DELETE FROM content WHERE number = ?")
                .execute(arguments: [output.number])
            return same
        }
        try db.cachedStatement(sql: "UPDATE content SET hash = ? WHERE number = ?")
            .execute(arguments: [digest.blob, output.number])
        known[digest] = output.number
        return output.number
    }

    private mutating func whole(_ bytes: [UInt8], in db: Database) throws -> Int64 {
        let digest = SHA256.digest(of: bytes)
        if let same = try number(of: digest, in: db) { return same }
        try db.cachedStatement(sql: "INSERT INTO content (hash, length) VALUES (?, ?)")
            .execute(arguments: [digest.blob, bytes.count])
        let number = db.lastInsertedRowID
        try Self.insert(bytes, at: 0, of: number, in: db)
        known[digest] = number
        return number
    }

    private mutating func number(of digest: [UInt8], in db: Database) throws -> Int64? {
        if let number = known[digest] { return number }
        let statement = try db.cachedStatement(sql: "SELECT number FROM content WHERE hash = ?")
        guard let number = try Int64.fetchOne(statement, arguments: [digest.blob]) else {
            return nil
        }
        // Only what a row of this run refers to from this transaction on.
        known[digest] = number
        return number
    }

    private static func insert(
        _ bytes: [UInt8], at start: Int, of content: Int64, in db: Database
    ) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT INTO piece (content, start, bytes) VALUES (?, ?, ?)")
        for offset in stride(from: 0, to: bytes.count, by: pieceBytes) {
            let piece = Array(bytes[offset..<min(offset + pieceBytes, bytes.count)])
            try statement.execute(arguments: [content, start + offset, piece.blob])
        }
    }

    private static func column(_ stream: OutputStream) -> String {
        switch stream {
        case .standardOutput: "stdout"
        case .standardError: "stderr"
        }
    }
}
