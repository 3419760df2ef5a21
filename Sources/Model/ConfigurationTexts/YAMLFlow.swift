// SPDX-License-Identifier: Apache-2.0

/// Reads a value that stands in one line: a scalar, `[a, b]` or `{a: b}`.
struct YAMLFlow {
    private var rest: Substring
    private var depth = 0

    init(_ text: Substring) { rest = text }

    mutating func whole(
        _ fault: (String) -> ConfigurationFault
    ) throws(ConfigurationFault) -> ConfigurationValue {
        skipBlanks()
        if let sign = rest.first, "[{'\"".contains(sign) {
            let value = try value(fault)
            skipBlanks()
            guard rest.isEmpty else { throw fault("text stands behind the end of a value") }
            return value
        }
        return Self.plain(rest)
    }

    private mutating func skipBlanks() { rest = rest.drop(while: \.isWhitespace) }

    private mutating func value(
        _ fault: (String) -> ConfigurationFault
    ) throws(ConfigurationFault) -> ConfigurationValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 100 else { throw fault("nested more than 100 deep") }
        skipBlanks()
        switch rest.first {
        case "[":
            rest.removeFirst()
            var items: [ConfigurationValue] = []
            while true {
                skipBlanks()
                guard let sign = rest.first else { throw fault("'[' is never closed") }
                if sign == "]" { break }
                items.append(try value(fault))
                skipBlanks()
                if rest.first == "," {
                    rest.removeFirst()
                } else if rest.first != "]" {
                    throw fault("',' or ']' is missing")
                }
            }
            rest.removeFirst()
            return .list(items)
        case "{":
            rest.removeFirst()
            var table = ConfigurationTable()
            while true {
                skipBlanks()
                guard let sign = rest.first else { throw fault("'{' is never closed") }
                if sign == "}" { break }
                guard let name = try value(fault).text else { throw fault("a name is missing") }
                skipBlanks()
                var item = ConfigurationValue.nothing
                if rest.first == ":" {
                    rest.removeFirst()
                    item = try value(fault)
                    skipBlanks()
                }
                table[name] = item
                if rest.first == "," {
                    rest.removeFirst()
                } else if rest.first != "}" {
                    throw fault("',' or '}' is missing")
                }
            }
            rest.removeFirst()
            return .table(table)
        case "'", "\"": return .text(try quoted(fault))
        case _:
            var end = rest.startIndex
            while end < rest.endIndex, !",]}".contains(rest[end]) {
                let next = rest.index(after: end)
                if rest[end] == ":", next == rest.endIndex || rest[next] == " " { break }
                end = next
            }
            var text = rest[..<end]
            rest = rest[end...]
            while let last = text.last, last.isWhitespace { text.removeLast() }
            return Self.plain(text)
        }
    }

    private mutating func quoted(
        _ fault: (String) -> ConfigurationFault
    ) throws(ConfigurationFault) -> String {
        guard let quote = rest.popFirst() else { return "" }
        var text = ""
        while let sign = rest.popFirst() {
            if sign == quote {
                guard quote == "'", rest.first == "'" else { return text }
                rest.removeFirst()
                text.append("'")
            } else if sign == "\\", quote == "\"" {
                guard let kind = rest.popFirst() else { break }
                guard let escaped = Self.escaped[kind] else {
                    throw fault("the escape '\\\(kind)' is not supported")
                }
                text.append(escaped)
            } else {
                text.append(sign)
            }
        }
        throw fault("the quote \(quote) is never closed")
    }

    private static let escaped: [Character: Character] = [
        "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "\"": "\"", "/": "/", "0": "\0", " ": " ",
    ]

    /// What a scalar without quotes means.
    static func plain(_ text: Substring) -> ConfigurationValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .nothing
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .boolean(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
            return .boolean(false)
        case _: break
        }
        let isDecimal = text.utf8.allSatisfy { 48...57 ~= $0 || $0 == 45 || $0 == 46 || $0 == 43 }
        if isDecimal, !(text.hasPrefix("0") && text.utf8.count > 1) {
            if let number = Int(text) { return .integer(number) }
            if text.contains("."), let number = Double(text) { return .number(number) }
        }
        return .text(String(text))
    }
}

extension YAMLText {
    /// What a scalar without quotes means.
    package static func plain(_ text: String) -> ConfigurationValue {
        YAMLFlow.plain(Substring(text))
    }
}
