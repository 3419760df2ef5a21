// SPDX-License-Identifier: Apache-2.0

/// One directive of an ssh_config file, read as ssh(1) reads it (readconf.c, misc.c).
package struct ConfigurationLine: Hashable, Sendable {
    /// In lower case.
    package var keyword: String
    /// The words after it, quotes undone; what follows `#` is a comment.
    package var words: [String]
    /// Everything after the keyword as it stands there, for commands.
    package var rest: String
    /// The line, from 1.
    package var number: Int

    package init(keyword: String, words: [String], rest: String, number: Int) {
        self.keyword = keyword
        self.words = words
        self.rest = rest
        self.number = number
    }

    /// The directives of a file.
    ///
    /// A line with quotes that do not end is kept with no words, and is a fault when it counts.
    package static func all(in bytes: [UInt8]) -> [ConfigurationLine] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
            .compactMap { index, line in ConfigurationLine(line, number: index + 1) }
    }

    /// Reads one line; `nil` when it is empty or a comment.
    package init?(_ line: ArraySlice<UInt8>, number: Int) {
        var text = line[...]
        while let last = text.last, Self.isBlank(last) { text.removeLast() }
        while let first = text.first, Self.isBlank(first) { text.removeFirst() }
        guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
        let end =
            text.firstIndex { Self.isBlank($0) || $0 == UInt8(ascii: "=") } ?? text.endIndex
        var rest = text[end...]
        while let next = rest.first, Self.isBlank(next) { rest.removeFirst() }
        if rest.first == UInt8(ascii: "=") {
            rest.removeFirst()
            while let next = rest.first, Self.isBlank(next) { rest.removeFirst() }
        }
        keyword = String(decoding: SSHPattern.lowercased(text[..<end]), as: UTF8.self)
        words = Self.words(of: rest) ?? []
        self.rest = String(decoding: rest, as: UTF8.self)
        self.number = number
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
            || byte == 0x0c
    }

    /// Splits at blanks; `nil` when a quote does not end.
    static func words(of text: ArraySlice<UInt8>) -> [String]? {
        var words: [String] = []
        var place = text.startIndex
        while place < text.endIndex {
            if isBlank(text[place]) {
                place += 1
                continue
            }
            if text[place] == UInt8(ascii: "#") { break }
            var word: [UInt8] = []
            var quote: UInt8?
            while place < text.endIndex {
                let byte = text[place]
                if quote == nil, isBlank(byte) { break }
                place += 1
                if byte == UInt8(ascii: "\\"), place < text.endIndex,
                    isEscaped(text[place], in: quote)
                {
                    word.append(text[place])
                    place += 1
                } else if byte == quote {
                    quote = nil
                } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                } else {
                    word.append(byte)
                }
            }
            guard quote == nil else { return nil }
            words.append(String(decoding: word, as: UTF8.self))
        }
        return words
    }

    /// Whether a backslash takes the meaning from this byte (misc.c, `argv_split`).
    private static func isEscaped(_ byte: UInt8, in quote: UInt8?) -> Bool {
        byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
            || (quote == nil && byte == UInt8(ascii: " "))
    }
}
