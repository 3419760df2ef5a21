// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// Cells and answers as lines of a file: tab separated, the first line names the columns.
///
/// `state origin address flags uid new_address new_flags`, then one column per question. Their order
/// is free, and columns with other names are passed over. Lines that begin with `#` are remarks. The
/// words are the raw values of `PortHolderState`, `CellOrigin`, `CellAddress`, `CellFlags`,
/// `CellUsers` and `CellAnswer`; another table is read by putting its own words into `synonyms`.
package struct BindTable {
    /// A line: a cell, and what was answered.
    package struct Row: Hashable, Sendable {
        package var cell: BindCell
        package var answers: [CellQuestion: CellAnswer]

        package init(_ cell: BindCell, _ answers: [CellQuestion: CellAnswer]) {
            self.cell = cell
            self.answers = answers
        }

        /// What BindRule says otherwise, as a line to print; empty when it agrees.
        package var disagreements: [String] {
            CellQuestion.allCases.compactMap { question in
                guard let theirs = answers[question], theirs != .notAsked else { return nil }
                let ours = cell.answer(to: question)
                return ours == theirs
                    ? nil
                    : "\(cell): \(question.rawValue): kernel \(theirs.rawValue), rule \(ours.rawValue)"
            }
        }
    }

    /// A line that cannot be read, and why.
    package struct Fault: Error, CustomStringConvertible {
        package var line: Int
        package var message: String

        package var description: String { "line \(line): \(message)" }
    }

    package static let cellColumns = [
        "state", "origin", "address", "flags", "uid", "new_address", "new_flags",
    ]

    /// Other words for the same thing, in columns and in cells.
    package static let synonyms: [String: String] = [
        "existing_state": "state", "existing_address": "address", "existing_flags": "flags",
        "old_flags": "flags", "users": "uid", "connect_same_remote": "connect_same",
        "connect_other_remote": "connect_other", "INUSE": "EADDRINUSE", "OK": "ok", "0": "ok",
        "EINPROGRESS": "ok", "NOTAVAIL": "EADDRNOTAVAIL", "": "-",
    ]

    /// The first line of a table.
    package static var header: String {
        (cellColumns + CellQuestion.allCases.map(\.rawValue)).joined(separator: "\t")
    }

    /// The line of a row.
    package static func line(of row: Row) -> String {
        let answers = CellQuestion.allCases.map { (row.answers[$0] ?? .notAsked).rawValue }
        return (row.cell.words + answers).joined(separator: "\t")
    }

    private static func word(_ text: Substring) -> String {
        let word = String(text)
        return synonyms[word] ?? word
    }

    /// Reads a table.
    package static func rows(of text: String) throws(Fault) -> [Row] {
        var columns: [String] = []
        var rows: [Row] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(word)
            if columns.isEmpty {
                columns = words
                for name in cellColumns where !columns.contains(name) {
                    throw Fault(line: index + 1, message: "no column `\(name)`")
                }
                continue
            }
            guard words.count == columns.count else {
                throw Fault(line: index + 1, message: "\(words.count) of \(columns.count) columns")
            }
            let values = Dictionary(zip(columns, words)) { first, _ in first }
            rows.append(try row(of: values, at: index + 1))
        }
        return rows
    }

    private static func row(of values: [String: String], at line: Int) throws(Fault) -> Row {
        func value<Word: RawRepresentable>(_ column: String) throws(Fault) -> Word
        where Word.RawValue == String {
            let text = values[column] ?? ""
            guard let word = Word(rawValue: text) else {
                throw Fault(line: line, message: "column `\(column)` says `\(text)`")
            }
            return word
        }
        let cell = BindCell(
            state: try value("state"), origin: try value("origin"), address: try value("address"),
            flags: try value("flags"), users: try value("uid"),
            newAddress: try value("new_address"), newFlags: try value("new_flags"))
        var answers: [CellQuestion: CellAnswer] = [:]
        for question in CellQuestion.allCases where values[question.rawValue] != nil {
            answers[question] = try value(question.rawValue) as CellAnswer
        }
        return Row(cell, answers)
    }
}
