// SPDX-License-Identifier: Apache-2.0

import GRDB
import TextForms

/// Lists of words as JSON, which SQLite takes apart again.
enum JSONWords {
    static func encoded(_ words: [String]) -> String {
        var object = JSONText()
        object.member("w", words)
        let line = String(decoding: object.line(), as: UTF8.self)
        return String(line.dropFirst(#"{"w":"#.count).dropLast("}\n".count))
    }

    static func decoded(_ text: String, in db: Database) throws -> [String] {
        try String.fetchAll(
            db, sql: "SELECT value FROM json_each(?) ORDER BY key", arguments: [text])
    }
}
