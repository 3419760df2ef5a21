// SPDX-License-Identifier: Apache-2.0

/// Cuts the text of a file into words and includes.
struct HostListScanner {
    enum Token: Hashable {
        /// A word; it may be a whole list of items.
        case word(Range<Int>)
        /// The path behind `#include`, without blanks around it; may be empty.
        case include(Range<Int>)
    }

    private let text: HostListText
    private var position = 0
    private var isLineStart = true

    init(_ text: HostListText) { self.text = text }

    private var bytes: [UInt8] { text.bytes }

    /// The next token, or `nil` at the end of the text.
    mutating func next() throws(HostSelectionFault) -> Token? {
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\n") {
                isLineStart = true
                position += 1
            } else if isBlank(at: position) {
                position += 1
            } else if byte == UInt8(ascii: "#") {
                if let path = try comment() { return .include(path) }
            } else {
                return .word(try word())
            }
        }
        return nil
    }

    /// Walks over a comment; the path when it is an include.
    private mutating func comment() throws(HostSelectionFault) -> Range<Int>? {
        let start = position
        position = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        let keyword = Array("#include".utf8)
        guard bytes[start..<position].starts(with: keyword) else { return nil }
        var path = (start + keyword.count)..<position
        guard path.isEmpty || isBlank(at: path.lowerBound) else { return nil }
        guard isLineStart else { throw text.fault(.misplacedInclude, at: start) }
        while let first = path.first, isBlank(at: first) { path = (first + 1)..<position }
        while let last = path.last, isBlank(at: last) { path = path.lowerBound..<last }
        return path
    }

    private mutating func word() throws(HostSelectionFault) -> Range<Int> {
        let start = position
        isLineStart = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "#") || isBlank(at: position) {
                break
            }
            guard byte != 0 else { throw text.fault(.nul, at: position) }
            position += 1
        }
        return start..<position
    }

    /// A blank, a tab, or a carriage return at the end of a line.
    private func isBlank(at index: Int) -> Bool {
        if bytes[index].isBlank { return true }
        guard bytes[index] == UInt8(ascii: "\r") else { return false }
        return index + 1 == bytes.count || bytes[index + 1] == UInt8(ascii: "\n")
    }
}
