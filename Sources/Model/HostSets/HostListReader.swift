// SPDX-License-Identifier: Apache-2.0

/// Reads arguments and the files they name into expressions.
///
/// Nothing is expanded here: every fault of syntax, and too many names, is found before they take
/// memory. Groups are not asked for yet.
struct HostListReader {
    let limits: HostLimits
    private var fileCount = 0
    private var standardInputIsTaken = false
    /// How many hosts the list has named so far; at most the limit.
    private(set) var count = 0
    /// The files being read, each included by the one before it.
    private var open: [HostListPath] = []

    init(limits: HostLimits = HostLimits()) { self.limits = limits }

    /// Counts hosts from 0 again, for a list of its own.
    mutating func beginList() { count = 0 }

    /// What one argument names; `-` alone is the standard input.
    mutating func read(
        _ text: HostListText, reading read: @escaping (HostListPath) throws -> [UInt8]
    ) throws(HostSelectionFault) -> HostExpression {
        if text.bytes == [UInt8(ascii: "-")] {
            let list = try readFile(.standardInput, namedAt: 0, of: text, reading: read)
            return HostExpression(.list(list))
        }
        return try expression(0..<text.bytes.count, of: text, reading: read)
    }

    private mutating func expression(
        _ range: Range<Int>, of text: HostListText,
        reading read: ((HostListPath) throws -> [UInt8])?
    ) throws(HostSelectionFault) -> HostExpression {
        var parser = HostExpressionParser(text.bytes, range, limits: limits, after: count)
        let expression: HostExpression
        do throws(HostSyntaxFault) {
            expression = try parser.whole()
        } catch {
            throw text.fault(.pattern(error.reason), at: error.offset)
        }
        count = parser.count
        return try withFiles(expression, of: text, reading: read)
    }

    /// The expression with the files it names read in their places.
    private mutating func withFiles(
        _ expression: HostExpression, of text: HostListText,
        reading read: ((HostListPath) throws -> [UInt8])?
    ) throws(HostSelectionFault) -> HostExpression {
        var result = expression
        for (index, term) in expression.terms.enumerated() {
            switch term.operand {
            case .hosts, .groups, .matching, .list: break
            case .nested(let inner):
                result.terms[index].operand =
                    .nested(try withFiles(inner, of: text, reading: read))
            case .file(let path):
                guard let read else {
                    throw text.fault(.pattern(.unsupportedSyntax(.file)), at: term.offset)
                }
                guard !path.isEmpty, !path.utf8.contains(0) else {
                    throw text.fault(.unusablePath, at: term.offset)
                }
                let file = path == "-" ? .standardInput : HostListPath.standardInput.resolving(path)
                result.terms[index].operand =
                    .list(try readFile(file, namedAt: term.offset, of: text, reading: read))
            }
        }
        return result
    }

    /// The hosts in a file that `text` names at `offset`.
    private mutating func readFile(
        _ path: HostListPath, namedAt offset: Int, of text: HostListText,
        reading read: @escaping (HostListPath) throws -> [UInt8]
    ) throws(HostSelectionFault) -> HostList {
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
        return try words(of: file, at: path, reading: read)
    }

    private mutating func words(
        of text: HostListText, at path: HostListPath,
        reading read: @escaping (HostListPath) throws -> [UInt8]
    ) throws(HostSelectionFault) -> HostList {
        try text.refuseUTF16()
        var list = HostList(text: text)
        var scanner = HostListScanner(text)
        while let token = try scanner.next() {
            switch token {
            case .word(let range): try append(range, to: &list)
            case .include(let range):
                guard
                    let name = String(validating: text.bytes[range], as: UTF8.self),
                    !name.isEmpty, !name.utf8.contains(0)
                else { throw text.fault(.unusablePath, at: range.lowerBound) }
                let file = try readFile(
                    path.resolving(name), namedAt: range.lowerBound, of: text, reading: read)
                list.items.append(.expression(HostExpression(.list(file))))
            }
        }
        return list
    }

    /// The words a group source has answered with.
    mutating func words(
        _ words: [String], of query: HostGroupQuery
    ) throws(HostSelectionFault) -> HostList {
        let text = HostListText(answer: query, words: words)
        var list = HostList(text: text, source: query.source)
        var scanner = HostListScanner(text)
        while let token = try scanner.next() {
            if case .word(let range) = token { try append(range, to: &list) }
        }
        return list
    }

    private mutating func append(
        _ range: Range<Int>, to list: inout HostList
    ) throws(HostSelectionFault) {
        let text = list.text
        guard HostName.isPlain(text.bytes, range) else {
            let expression = try expression(range, of: text, reading: nil)
            list.items.append(.expression(expression))
            return
        }
        count += 1
        guard count <= limits.hosts else {
            throw text.fault(.pattern(.beyondLimit(.hosts, limits.hosts)), at: range.lowerBound)
        }
        list.append(name: range)
    }
}

extension HostExpression {
    /// An expression of one operand.
    init(_ operand: Operand) { terms = [Term(operation: .union, operand: operand, offset: 0)] }
}

extension HostName {
    /// Whether the bytes are a name that needs no further look.
    static func isPlain(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard 1...maximumLength ~= range.count, bytes[range.lowerBound] != UInt8(ascii: "-"),
            bytes[range.lowerBound] != UInt8(ascii: ".")
        else { return false }
        for index in range where !bytes[index].isNameByte { return false }
        return true
    }
}
