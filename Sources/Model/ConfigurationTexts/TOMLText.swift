// SPDX-License-Identifier: Apache-2.0

/// TOML 1.0 without dates: tables, arrays of tables, strings of all four kinds, numbers, arrays and
/// inline tables.
package enum TOMLText {
    /// The table a text stands for.
    package static func table(of text: String) throws(ConfigurationFault) -> ConfigurationTable {
        var reader = TOMLReader(text)
        return try reader.whole()
    }
}

/// Reads a text byte by byte.
struct TOMLReader {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var depth = 0
    private var root = ConfigurationTable()
    /// The table that keys belong to, from the root.
    private var path: [String] = []
    private var defined: Set<[String]> = []

    init(_ text: String) { bytes = Array(text.utf8) }

    private func fault(_ message: String) -> ConfigurationFault {
        ConfigurationFault(line: line, message)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func isAt(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private mutating func advance() {
        if next == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    private mutating func skipBlanks(acrossLines: Bool) {
        while let byte = next {
            if byte == UInt8(ascii: "#") {
                while let byte = next, byte != UInt8(ascii: "\n") { advance() }
            } else if byte == 32 || byte == 9 || byte == 13 || (acrossLines && byte == 10) {
                advance()
            } else {
                return
            }
        }
    }

    mutating func whole() throws(ConfigurationFault) -> ConfigurationTable {
        while true {
            skipBlanks(acrossLines: true)
            guard let byte = next else { return root }
            if byte == UInt8(ascii: "[") {
                try header()
            } else {
                let key = try keys()
                guard next == UInt8(ascii: "=") else { throw fault("'=' is missing") }
                advance()
                skipBlanks(acrossLines: false)
                let value = try value()
                try Self.set(value, at: path + key, in: &root, fault)
            }
            skipBlanks(acrossLines: false)
            guard next == nil || next == UInt8(ascii: "\n") else {
                throw fault("text stands behind the end of a value")
            }
        }
    }

    private mutating func header() throws(ConfigurationFault) {
        let isArray = isAt("[[")
        for _ in 0..<(isArray ? 2 : 1) { advance() }
        skipBlanks(acrossLines: false)
        path = try keys()
        guard isAt(isArray ? "]]" : "]") else { throw fault("']' is missing") }
        for _ in 0..<(isArray ? 2 : 1) { advance() }
        if isArray {
            var items = Self.value(at: path, in: root)?.list ?? []
            items.append(.table(ConfigurationTable()))
            Self.replace(.list(items), at: path[...], in: &root)
            return
        }
        guard defined.insert(path).inserted else {
            throw fault("the table \(path.joined(separator: ".")) is there already")
        }
        switch Self.value(at: path, in: root) {
        case nil: try Self.set(.table(ConfigurationTable()), at: path, in: &root, fault)
        case .table: break
        case .text, .integer, .number, .boolean, .nothing, .list:
            throw fault("\(path.joined(separator: ".")) is no table")
        }
    }

    /// A key with dots in it.
    private mutating func keys() throws(ConfigurationFault) -> [String] {
        var keys: [String] = []
        while true {
            skipBlanks(acrossLines: false)
            if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") {
                keys.append(try string())
            } else {
                let start = position
                while let byte = next, Self.isBare(byte) { position += 1 }
                guard position > start else { throw fault("a name is missing") }
                keys.append(String(decoding: bytes[start..<position], as: UTF8.self))
            }
            skipBlanks(acrossLines: false)
            guard next == UInt8(ascii: ".") else { return keys }
            advance()
        }
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        48...57 ~= byte || 65...90 ~= byte || 97...122 ~= byte || byte == 95 || byte == 45
    }

    private mutating func value() throws(ConfigurationFault) -> ConfigurationValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 100 else { throw fault("nested more than 100 deep") }
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .text(try string())
        case UInt8(ascii: "["):
            advance()
            var items: [ConfigurationValue] = []
            while true {
                skipBlanks(acrossLines: true)
                if next == UInt8(ascii: "]") { break }
                items.append(try value())
                skipBlanks(acrossLines: true)
                if next == UInt8(ascii: ",") {
                    advance()
                } else if next != UInt8(ascii: "]") {
                    throw fault("',' or ']' is missing")
                }
            }
            advance()
            return .list(items)
        case UInt8(ascii: "{"):
            advance()
            var table = ConfigurationTable()
            while true {
                skipBlanks(acrossLines: false)
                if next == UInt8(ascii: "}") { break }
                let key = try keys()
                guard next == UInt8(ascii: "=") else { throw fault("'=' is missing") }
                advance()
                skipBlanks(acrossLines: false)
                try Self.set(try value(), at: key, in: &table, fault)
                skipBlanks(acrossLines: false)
                if next == UInt8(ascii: ",") {
                    advance()
                } else if next != UInt8(ascii: "}") {
                    throw fault("',' or '}' is missing")
                }
            }
            advance()
            return .table(table)
        case _: return try plain()
        }
    }

    private mutating func plain() throws(ConfigurationFault) -> ConfigurationValue {
        let start = position
        while let byte = next, Self.isBare(byte) || byte == 43 || byte == 46 || byte == 58 {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if text == "true" || text == "false" { return .boolean(text == "true") }
        let digits = text.filter { $0 != "_" }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            if let number = Int(digits.dropFirst(2), radix: radix) { return .integer(number) }
        }
        if let number = Int(digits) { return .integer(number) }
        let hasDigit = digits.utf8.contains { 48...57 ~= $0 }
        if hasDigit, !digits.contains(":"), let number = Double(digits) { return .number(number) }
        throw fault(
            text.isEmpty
                ? "a value is missing: texts stand in quotes"
                : "'\(text)' is no value: texts stand in quotes")
    }

    private mutating func string() throws(ConfigurationFault) -> String {
        let isBasic = next == UInt8(ascii: "\"")
        let quote = isBasic ? "\"" : "'"
        let isLong = isAt(String(repeating: quote, count: 3))
        let end = String(repeating: quote, count: isLong ? 3 : 1)
        for _ in 0..<end.utf8.count { advance() }
        if isLong, next == 13 { advance() }
        if isLong, next == 10 { advance() }
        var text: [UInt8] = []
        while let byte = next {
            if isAt(end) {
                for _ in 0..<end.utf8.count { advance() }
                // Quotes before the three that end a text belong to it.
                while isLong, next == Array(quote.utf8)[0] {
                    text.append(Array(quote.utf8)[0])
                    advance()
                }
                return String(decoding: text, as: UTF8.self)
            }
            if byte == 10, !isLong { break }
            advance()
            if byte == UInt8(ascii: "\\"), isBasic {
                try escape(into: &text)
            } else {
                text.append(byte)
            }
        }
        throw fault("the quote \(quote) is never closed")
    }

    private mutating func escape(into text: inout [UInt8]) throws(ConfigurationFault) {
        guard let kind = next else { return }
        advance()
        switch kind {
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): text.append(kind)
        case 10:
            while let byte = next, byte == 32 || byte == 9 || byte == 10 || byte == 13 { advance() }
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = kind == UInt8(ascii: "u") ? 4 : 8
            let digits = String(decoding: bytes[position...].prefix(count), as: UTF8.self)
            guard digits.utf8.count == count,
                let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
            else { throw fault("not a character: \\u\(digits)") }
            for _ in 0..<count { advance() }
            text.append(contentsOf: String(scalar).utf8)
        case _: throw fault("an escape that is not known: write '\\\\' for a backslash")
        }
    }

    private static func value(
        at path: [String], in table: ConfigurationTable
    ) -> ConfigurationValue? {
        var value: ConfigurationValue? = .table(table)
        for key in path {
            let inner = value?.list?.last ?? value
            value = inner?.table?[key]
        }
        return value
    }

    private static func set(
        _ value: ConfigurationValue, at path: [String], in table: inout ConfigurationTable,
        _ fault: (String) -> ConfigurationFault
    ) throws(ConfigurationFault) {
        for length in 1..<max(1, path.count) {
            let inner = Self.value(at: Array(path[..<length]), in: table)
            switch inner.map({ $0.list?.last ?? $0 }) {
            case nil, .table: break
            case .text, .integer, .number, .boolean, .nothing, .list:
                throw fault("\(path[..<length].joined(separator: ".")) is no table")
            }
        }
        guard Self.value(at: path, in: table) == nil else {
            throw fault("\(path.joined(separator: ".")) is there already")
        }
        replace(value, at: path[...], in: &table)
    }

    private static func replace(
        _ value: ConfigurationValue, at path: ArraySlice<String>, in table: inout ConfigurationTable
    ) {
        guard let key = path.first else { return }
        guard path.count > 1 else {
            table[key] = value
            return
        }
        if var items = table[key]?.list {
            var inner = items.popLast()?.table ?? ConfigurationTable()
            replace(value, at: path.dropFirst(), in: &inner)
            items.append(.table(inner))
            table[key] = .list(items)
        } else {
            var inner = table[key]?.table ?? ConfigurationTable()
            replace(value, at: path.dropFirst(), in: &inner)
            table[key] = .table(inner)
        }
    }
}
