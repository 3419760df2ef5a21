// SPDX-License-Identifier: Apache-2.0

/// Blanks out what is not code in a Swift text, so that words can be searched for without false
/// hits; lines and columns stay.
///
/// Comments (nested ones too), string literals (raw and multi-line ones too), extended regex
/// literals and raw identifiers are known. Code in `\(…)` stays. Regex literals without `#` are not
/// known: they cannot be told from a division without parsing.
struct SwiftLexer {
    /// The text with comments and the contents of literals and raw identifiers blanked out.
    private(set) var code: [UInt8]
    /// The text with only comments blanked out.
    private(set) var uncommented: [UInt8]
    /// The lines, from 1, that hold a comment or a part of one.
    private(set) var commentedLines: Set<Int> = []

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    init(_ text: String) {
        bytes = Array(text.utf8)
        code = bytes
        uncommented = bytes
        while position < bytes.count {
            lexCode()
            // A `)` too many ends the code of an interpolation that never began.
            if position < bytes.count { advance() }
        }
    }

    private func starts(_ text: StaticString, at offset: Int = 0) -> Bool {
        bytes.dropFirst(position + offset).starts(with: "\(text)".utf8)
    }

    private func byte(_ offset: Int = 0) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    private mutating func advance() {
        if bytes[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    /// Passes one byte that is not code.
    private mutating func blank(comment: Bool = false) {
        guard position < bytes.count else { return }
        if bytes[position] != UInt8(ascii: "\n") {
            code[position] = UInt8(ascii: " ")
            if comment { uncommented[position] = UInt8(ascii: " ") }
        }
        if comment { commentedLines.insert(line) }
        advance()
    }

    /// Passes code up to the `)` that has no `(` before it, or the end.
    private mutating func lexCode() {
        var depth = 0
        while let next = byte() {
            if next == UInt8(ascii: "/"), starts("//") {
                while let next = byte(), next != UInt8(ascii: "\n") { blank(comment: true) }
            } else if next == UInt8(ascii: "/"), starts("/*") {
                lexBlockComment()
            } else if next == UInt8(ascii: "\"") {
                lexString(pounds: 0)
            } else if next == UInt8(ascii: "#") {
                lexPounds()
            } else if next == UInt8(ascii: "`") {
                advance()
                while let next = byte(), next != UInt8(ascii: "`"), next != UInt8(ascii: "\n") {
                    blank()
                }
                if byte() != nil { advance() }
            } else {
                if next == UInt8(ascii: "(") { depth += 1 }
                if next == UInt8(ascii: ")") {
                    if depth == 0 { return }
                    depth -= 1
                }
                advance()
            }
        }
    }

    private mutating func lexBlockComment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                blank(comment: true)
            } else if starts("*/") {
                depth -= 1
                blank(comment: true)
            }
            blank(comment: true)
        } while depth > 0 && position < bytes.count
    }

    /// Passes one or more `#`, and the raw string or regex behind them.
    private mutating func lexPounds() {
        var pounds = 0
        while byte() == UInt8(ascii: "#") {
            pounds += 1
            advance()
        }
        if byte() == UInt8(ascii: "\"") {
            lexString(pounds: pounds)
        } else if byte() == UInt8(ascii: "/") {
            advance()
            while byte() != nil, !(byte() == UInt8(ascii: "/") && hasPounds(pounds, after: 1)) {
                blank()
            }
        }
    }

    private func hasPounds(_ count: Int, after offset: Int) -> Bool {
        (0..<count).allSatisfy { byte(offset + $0) == UInt8(ascii: "#") }
    }

    private mutating func lexString(pounds: Int) {
        let isMultiline = starts("\"\"\"")
        let quotes = isMultiline ? 3 : 1
        for _ in 0..<quotes { advance() }
        while let next = byte() {
            if next == UInt8(ascii: "\\"), hasPounds(pounds, after: 1) {
                for _ in 0...pounds { blank() }
                if byte() == UInt8(ascii: "(") {
                    advance()
                    lexCode()
                    if byte() != nil { advance() }
                } else {
                    blank()
                }
            } else if next == UInt8(ascii: "\""), !isMultiline || starts("\"\"\""),
                hasPounds(pounds, after: quotes)
            {
                for _ in 0..<(quotes + pounds) { advance() }
                return
            } else if next == UInt8(ascii: "\n"), !isMultiline {
                return
            } else {
                blank()
            }
        }
    }
}
