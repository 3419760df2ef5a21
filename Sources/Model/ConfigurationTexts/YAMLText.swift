// SPDX-License-Identifier: Apache-2.0

/// The part of YAML that group files and inventories use.
///
/// Mappings and sequences in blocks or in `{ }` and `[ ]`, scalars plain or in quotes, also over
/// several lines, comments, one document. Anchors, aliases, tags, `|` and `>` are refused by name.
package enum YAMLText {
    /// The value of a text.
    package static func value(of text: String) throws(ConfigurationFault) -> ConfigurationValue {
        var reader = YAMLReader(try lines(of: text))
        guard let first = reader.lines.first else { return .nothing }
        let value = try reader.block(first.indent)
        if reader.place < reader.lines.count {
            throw ConfigurationFault(
                line: reader.lines[reader.place].number,
                "this line stands further out than the first")
        }
        return value
    }

    struct Line {
        var number: Int
        var indent: Int
        var text: Substring
    }

    private static func lines(of text: String) throws(ConfigurationFault) -> [Line] {
        var lines: [Line] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let indent = line.prefix { $0 == " " }.count
            var content = withoutComment(line.dropFirst(indent))
            while let last = content.last, last.isWhitespace { content.removeLast() }
            if content.isEmpty || (indent == 0 && content == "---" && lines.isEmpty) { continue }
            if indent == 0, content == "..." { break }
            if indent == 0, content == "---" {
                throw ConfigurationFault(line: index + 1, "a second document: write one")
            }
            if content.first == "\t" {
                throw ConfigurationFault(line: index + 1, "a tab cannot indent: write blanks")
            }
            lines.append(Line(number: index + 1, indent: indent, text: content))
        }
        return lines
    }

    /// A line up to a `#` that stands at its start or behind a blank, and not in quotes.
    private static func withoutComment(_ line: Substring) -> Substring {
        var quote: Character?
        var previous: Character = " "
        for index in line.indices {
            let sign = line[index]
            if let open = quote {
                if sign == open, !(open == "\"" && previous == "\\") { quote = nil }
            } else if sign == "#", previous.isWhitespace {
                return line[..<index]
            } else if sign == "'" || sign == "\"",
                previous.isWhitespace || "[{,:-".contains(previous)
            {
                quote = sign
            }
            previous = sign
        }
        return line
    }
}

/// Reads lines into values.
struct YAMLReader {
    var lines: [YAMLText.Line]
    var place = 0
    private var depth = 0

    private static let deepest = 100

    init(_ lines: [YAMLText.Line]) { self.lines = lines }

    private func fault(_ message: String) -> ConfigurationFault {
        let number = place < lines.count ? lines[place].number : lines.last?.number ?? 1
        return ConfigurationFault(line: number, message)
    }

    /// A mapping, a sequence or a scalar whose lines begin at this indentation.
    mutating func block(_ indent: Int) throws(ConfigurationFault) -> ConfigurationValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw fault("nested more than \(Self.deepest) deep") }
        let line = lines[place].text
        if line == "-" || line.hasPrefix("- ") { return try sequence(indent) }
        if try Self.keyEnd(line, fault) != nil { return try mapping(indent) }
        return try scalar(from: line, deeperThan: indent - 1)
    }

    private mutating func sequence(_ indent: Int) throws(ConfigurationFault) -> ConfigurationValue {
        var items: [ConfigurationValue] = []
        while place < lines.count, lines[place].indent == indent,
            lines[place].text == "-" || lines[place].text.hasPrefix("- ")
        {
            let rest = lines[place].text.dropFirst().drop { $0 == " " }
            if rest.isEmpty {
                place += 1
                guard place < lines.count, lines[place].indent > indent else {
                    items.append(.nothing)
                    continue
                }
                items.append(try block(lines[place].indent))
            } else {
                // What stands behind the dash is a block that begins there.
                let inner = indent + (lines[place].text.count - rest.count)
                lines[place].text = rest
                lines[place].indent = inner
                items.append(try block(inner))
            }
        }
        if place < lines.count, lines[place].indent > indent {
            throw fault("this line stands too far in")
        }
        return .list(items)
    }

    private mutating func mapping(_ indent: Int) throws(ConfigurationFault) -> ConfigurationValue {
        var table = ConfigurationTable()
        while place < lines.count, lines[place].indent == indent {
            let line = lines[place].text
            guard let end = try Self.keyEnd(line, fault) else {
                throw fault("a name with ':' behind it is missing")
            }
            let key = try name(line[..<end])
            let rest = line[line.index(after: end)...].drop { $0 == " " || $0 == "\t" }
            if rest.isEmpty {
                place += 1
                let isInner =
                    place < lines.count
                    && (lines[place].indent > indent
                        || (lines[place].indent == indent
                            && (lines[place].text == "-" || lines[place].text.hasPrefix("- "))))
                table[key] = isInner ? try block(lines[place].indent) : .nothing
            } else {
                table[key] = try scalar(from: rest, deeperThan: indent)
            }
        }
        if place < lines.count, lines[place].indent > indent {
            throw fault("this line stands too far in")
        }
        return .table(table)
    }

    private mutating func name(_ text: Substring) throws(ConfigurationFault) -> String {
        var flow = YAMLFlow(text)
        let value = try flow.whole(fault)
        switch value {
        case .text(let text): return text
        case .integer, .number, .boolean: return String(text)
        case .nothing, .list, .table: throw fault("a name cannot be a list, a table or nothing")
        }
    }

    /// A value that begins in the current line and may go on in lines that stand further in.
    private mutating func scalar(
        from first: Substring, deeperThan indent: Int
    ) throws(ConfigurationFault) -> ConfigurationValue {
        if let sign = first.first, "|>&*!%@`".contains(sign) {
            throw fault("'\(sign)' at the start of a value is not supported: write it in quotes")
        }
        let start = place
        place += 1
        var text = String(first)
        while place < lines.count, lines[place].indent > indent {
            text += " " + lines[place].text
            place += 1
        }
        var flow = YAMLFlow(Substring(text))
        let line = lines[start].number
        return try flow.whole { ConfigurationFault(line: line, $0) }
    }

    /// The `:` that ends the name a line begins with.
    private static func keyEnd(
        _ line: Substring, _ fault: (String) -> ConfigurationFault
    ) throws(ConfigurationFault) -> Substring.Index? {
        var index = line.startIndex
        if let quote = line.first, quote == "'" || quote == "\"" {
            index = line.index(after: index)
            while index < line.endIndex, line[index] != quote { index = line.index(after: index) }
        } else if let sign = line.first, "[{".contains(sign) {
            return nil
        }
        while let colon = line[index...].firstIndex(of: ":") {
            let next = line.index(after: colon)
            if next == line.endIndex || line[next] == " " || line[next] == "\t" { return colon }
            index = next
        }
        return nil
    }
}
