// SPDX-License-Identifier: Apache-2.0

/// The text of an argument or a file, which knows where it comes from.
struct HostListText: Sendable {
    /// The text, without byte order mark.
    let bytes: [UInt8]
    private let source: Source

    private enum Source: Sendable {
        case argument(option: String)
        case file(HostListPath)
        case answer(HostGroupQuery)
    }

    init(argument: String, option: String) {
        bytes = Array(argument.utf8)
        source = .argument(option: option)
    }

    init(file: HostListPath, bytes: [UInt8]) {
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        self.bytes = hasMark ? Array(bytes.dropFirst(3)) : bytes
        source = .file(file)
    }

    /// The words a group source has answered with, one per line.
    init(answer query: HostGroupQuery, words: [String]) {
        bytes = Array(words.joined(separator: "\n").utf8)
        source = .answer(query)
    }

    /// A fault at the byte `offset`.
    func fault(_ reason: HostSelectionFault.Reason, at offset: Int) -> HostSelectionFault {
        switch source {
        case .argument(let option):
            return HostSelectionFault(
                reason, origin: .argument(option: option), line: bytes[...], offset: offset)
        case .file, .answer:
            let lineFeed = UInt8(ascii: "\n")
            let number = bytes[..<offset].count { $0 == lineFeed } + 1
            let start = bytes[..<offset].lastIndex(of: lineFeed).map { $0 + 1 } ?? 0
            var end = bytes[offset...].firstIndex(of: lineFeed) ?? bytes.count
            if end > offset, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            let origin: HostSelectionFault.Origin =
                switch source {
                case .argument(let option): .argument(option: option)
                case .file(let path): .line(number, of: path)
                case .answer(let query): .word(number, of: query)
                }
            return HostSelectionFault(
                reason, origin: origin, line: bytes[start..<end], offset: offset)
        }
    }

    /// Refuses a text that begins with the byte order mark of UTF-16.
    func refuseUTF16() throws(HostSelectionFault) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw fault(.notUTF8, at: 0)
        }
    }
}
