// SPDX-License-Identifier: Apache-2.0

/// Reads arguments and the files they name into templates.
///
/// Nothing is expanded here: every fault, and too many hosts, is found before they take memory.
struct HostListReader {
    private var fileCount = 0
    private var standardInputIsTaken = false
    /// How many hosts the list has named so far; at most `HostPattern.maximumCount`.
    private(set) var count = 0
    /// The files being read, each included by the one before it.
    private var open: [HostListPath] = []

    /// Counts hosts from 0 again, for a list of its own.
    mutating func beginList() { count = 0 }

    /// Adds the hosts one argument names.
    mutating func read(
        _ argument: String, of option: String, into templates: inout [HostTemplate],
        reading read: (HostListPath) throws -> [UInt8]
    ) throws(HostSelectionFault) {
        let text = HostListText(argument: argument, option: option)
        if argument == "-" {
            try readFile(.standardInput, namedAt: 0, of: text, into: &templates, reading: read)
            return
        }
        var parser = HostListParser(text.bytes, 0..<text.bytes.count, after: count)
        while let item = try parser.next(of: text) {
            switch item {
            case .hosts(let template):
                templates.append(template)
                count = parser.count
            case .file(let path, let offset):
                guard !path.isEmpty, !path.utf8.contains(0) else {
                    throw text.fault(.unusablePath, at: offset)
                }
                let file = path == "-" ? .standardInput : HostListPath.standardInput.resolving(path)
                try readFile(file, namedAt: offset, of: text, into: &templates, reading: read)
                parser.count = count
            }
        }
    }

    /// Adds the hosts in a file that `text` names at `offset`.
    private mutating func readFile(
        _ path: HostListPath, namedAt offset: Int, of text: HostListText,
        into templates: inout [HostTemplate], reading read: (HostListPath) throws -> [UInt8]
    ) throws(HostSelectionFault) {
        if let first = open.firstIndex(of: path) {
            throw text.fault(.includeCycle(open[first...] + [path]), at: offset)
        }
        guard open.count <= HostSelection.maximumIncludeDepth else {
            throw text.fault(.includeTooDeep, at: offset)
        }
        fileCount += 1
        guard fileCount <= HostSelection.maximumFileCount else {
            throw text.fault(.tooManyFiles, at: offset)
        }
        if path == .standardInput {
            guard !standardInputIsTaken else {
                throw text.fault(.standardInputTaken, at: offset)
            }
            standardInputIsTaken = true
        }
        let file: HostListText
        do {
            file = HostListText(file: path, bytes: try read(path))
        } catch {
            throw text.fault(.unreadable(path, message: "\(error)"), at: offset)
        }
        open.append(path)
        defer { open.removeLast() }
        try readWords(of: file, at: path, into: &templates, reading: read)
    }

    private mutating func readWords(
        of text: HostListText, at path: HostListPath, into templates: inout [HostTemplate],
        reading read: (HostListPath) throws -> [UInt8]
    ) throws(HostSelectionFault) {
        try text.refuseUTF16()
        var scanner = HostListScanner(text)
        while let token = try scanner.next() {
            switch token {
            case .word(let range):
                try readWord(range, of: text, into: &templates)
            case .include(let range):
                guard
                    let name = String(validating: text.bytes[range], as: UTF8.self),
                    !name.isEmpty, !name.utf8.contains(0)
                else { throw text.fault(.unusablePath, at: range.lowerBound) }
                try readFile(
                    path.resolving(name), namedAt: range.lowerBound, of: text, into: &templates,
                    reading: read)
            }
        }
    }

    private mutating func readWord(
        _ range: Range<Int>, of text: HostListText, into templates: inout [HostTemplate]
    ) throws(HostSelectionFault) {
        var parser = HostListParser(text.bytes, range, after: count)
        while let item = try parser.next(of: text) {
            switch item {
            case .hosts(let template): templates.append(template)
            case .file(_, let offset):
                throw text.fault(.pattern(.unsupportedSyntax(.file)), at: offset)
            }
        }
        count = parser.count
    }
}

extension HostListParser {
    /// The next item, or `nil` after the last; a fault is placed in the text.
    fileprivate mutating func next(
        of text: HostListText
    ) throws(HostSelectionFault) -> HostListItem? {
        do throws(HostSyntaxFault) {
            return try next()
        } catch {
            throw text.fault(.pattern(error.reason), at: error.offset)
        }
    }
}
