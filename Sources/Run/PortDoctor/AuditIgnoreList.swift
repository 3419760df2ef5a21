// SPDX-License-Identifier: Apache-2.0

import TextForms

/// Findings that somebody has accepted, each with a reason.
///
/// A line is `FINDING WHERE REASON…`: the name of a kind or `*`, then a port, an address with a port
/// or `*`, then why. Empty lines and those that begin with `#` are remarks.
package struct AuditIgnoreList: Hashable, Sendable {
    /// One line.
    package struct Entry: Hashable, Sendable {
        /// The kind; `nil` for any.
        package var kind: AuditFinding.Kind?
        /// `8080` or `127.0.0.1:8080` as text; `nil` for any.
        package var place: String?
        package var reason: String
        /// The number of the line, from 1.
        package var line: Int

        func covers(_ finding: AuditFinding) -> Bool {
            guard kind == nil || kind == finding.kind else { return false }
            guard let place else { return true }
            // Every socket of it, or a new one beside an accepted one would go unseen.
            return place == "\(finding.port)"
                || finding.sockets.allSatisfy { place == "\($0.place)" }
        }
    }

    /// What is wrong with a line.
    package struct Fault: Error, Hashable, Sendable {
        /// The number of the line, from 1.
        package var line: Int
        package var message: String
    }

    package var entries: [Entry] = []

    package init() {}

    /// Reads a file.
    package init(_ text: String) throws(Fault) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let words = line.split(maxSplits: 2, whereSeparator: \.isWhitespace)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            entries.append(try Self.entry(words, line: index + 1))
        }
    }

    private static func entry(_ words: [Substring], line: Int) throws(Fault) -> Entry {
        let name = SafeText.line(String(words[0]))
        let kind = AuditFinding.Kind(rawValue: name)
        guard kind != nil || name == "*" else {
            let names = AuditFinding.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Fault(
                line: line, message: "'\(name)' is no finding: write one of \(names), or *")
        }
        guard words.count > 1 else {
            throw Fault(
                line: line, message: "where? Write a port, an address with a port, or *, behind it")
        }
        let place = String(words[1])
        guard place == "*" || isPlace(place) else {
            throw Fault(
                line: line,
                message: "'\(SafeText.line(place))' is no place: write 8080, 127.0.0.1:8080, "
                    + "[::1]:8080 or *")
        }
        guard words.count > 2, let end = words[2].lastIndex(where: { !$0.isWhitespace }) else {
            throw Fault(line: line, message: "a reason is missing: say why it is accepted")
        }
        return Entry(
            kind: kind, place: place == "*" ? nil : place,
            reason: String(words[2][...end].drop(while: \.isWhitespace)),
            line: line)
    }

    /// Whether a text is a port, or ends in one behind what may be an address.
    private static func isPlace(_ text: String) -> Bool {
        let digits = text.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
        guard let port = UInt16(digits), port > 0 else { return false }
        if digits.count == text.count { return true }
        let address = text.dropLast(digits.count + 1)
        if address.hasPrefix("[") { return address.hasSuffix("]") }
        let numbers = address.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
    }

    func covers(_ finding: AuditFinding) -> Bool {
        entries.contains { $0.covers(finding) }
    }
}
