// SPDX-License-Identifier: Apache-2.0

/// Genders files: `node[1-8]  compute,rack=r1`, one line for each host or several.
///
/// Each attribute is a group, and so is each `attribute=value`. `%n` in a value is the host's name,
/// `%%` a percent sign.
package struct GendersText: Hashable, Sendable {
    /// A line: the word for its hosts, and its attributes.
    package struct Entry: Hashable, Sendable {
        package var hosts: String
        package var attributes: [(name: String, value: String?)]

        package static func == (left: Entry, right: Entry) -> Bool {
            left.hosts == right.hosts && left.attributes.elementsEqual(right.attributes, by: ==)
        }

        package func hash(into hasher: inout Hasher) { hasher.combine(hosts) }
    }

    package var entries: [Entry] = []

    package init(_ text: String) throws(ConfigurationFault) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let content = line.prefix { $0 != "#" }
            let words = content.split { $0 == " " || $0 == "\t" || $0 == "\r" }
            guard let hosts = words.first else { continue }
            guard words.count <= 2 else {
                throw ConfigurationFault(
                    line: index + 1, "blanks between attributes: write ',' and nothing else")
            }
            let attributes = (words.count > 1 ? words[1].split(separator: ",") : [])
                .map { word in
                    let parts = word.split(
                        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    return (String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
                }
            entries.append(Entry(hosts: String(hosts), attributes: attributes))
        }
    }
}

/// The query language of genders: `web&&rack=r1`, `a||b`, `a--b` (a but not b), `~a`, parentheses.
///
/// All operators have one precedence and are applied from left to right, `~` binds closest.
package indirect enum GendersQuery: Hashable, Sendable {
    case attribute(String, value: String?)
    case not(GendersQuery)
    case and(GendersQuery, GendersQuery)
    case or(GendersQuery, GendersQuery)
    case without(GendersQuery, GendersQuery)

    package init(_ text: String) throws(ConfigurationFault) {
        var parser = GendersQueryParser(Substring(text.filter { $0 != " " }))
        self = try parser.whole()
    }

    /// Whether a host with these attributes is meant.
    package func holds(of attributes: [String: String]) -> Bool {
        switch self {
        case .attribute(let name, nil): attributes[name] != nil
        case .attribute(let name, let value?): attributes[name] == value
        case .not(let query): !query.holds(of: attributes)
        case .and(let left, let right):
            left.holds(of: attributes) && right.holds(of: attributes)
        case .or(let left, let right): left.holds(of: attributes) || right.holds(of: attributes)
        case .without(let left, let right):
            left.holds(of: attributes) && !right.holds(of: attributes)
        }
    }
}

private struct GendersQueryParser {
    private var rest: Substring
    private var depth = 0

    init(_ text: Substring) { rest = text }

    private func fault(_ message: String) -> ConfigurationFault {
        ConfigurationFault(line: 1, message)
    }

    mutating func whole() throws(ConfigurationFault) -> GendersQuery {
        let query = try chain()
        guard rest.isEmpty else { throw fault("')' without a '('") }
        return query
    }

    private mutating func chain() throws(ConfigurationFault) -> GendersQuery {
        var query = try operand()
        while !rest.isEmpty, rest.first != ")" {
            let sign = rest.prefix(2)
            rest = rest.dropFirst(2)
            let right = try operand()
            switch sign {
            case "&&": query = .and(query, right)
            case "||": query = .or(query, right)
            case "--": query = .without(query, right)
            case _: throw fault("'\(sign)' is no operator: write &&, ||, -- or ~")
            }
        }
        return query
    }

    private mutating func operand() throws(ConfigurationFault) -> GendersQuery {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 100 else { throw fault("nested more than 100 deep") }
        switch rest.first {
        case "~":
            rest.removeFirst()
            return .not(try operand())
        case "(":
            rest.removeFirst()
            let query = try chain()
            guard rest.popFirst() == ")" else { throw fault("'(' is never closed") }
            return query
        case _:
            var end = rest.startIndex
            while end < rest.endIndex, !"&|()~".contains(rest[end]), !rest[end...].hasPrefix("--") {
                end = rest.index(after: end)
            }
            let word = rest[..<end]
            guard !word.isEmpty else { throw fault("an attribute is missing") }
            rest = rest[end...]
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return .attribute(String(parts[0]), value: parts.count > 1 ? String(parts[1]) : nil)
        }
    }
}
