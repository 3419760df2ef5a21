// SPDX-License-Identifier: Apache-2.0

/// Reads an expression such as `@web!(node[1-3],/^db/)`.
struct HostExpressionParser {
    /// How many hosts the names in the text stand for so far; groups are counted when they are known.
    var count: Int

    private let bytes: [UInt8]
    private let end: Int
    private let limits: HostLimits
    private var position: Int

    /// Faults count their offset from the start of `bytes`, whose part `range` is the expression and
    /// holds no line ends; `count` hosts came before, for the limit.
    init(_ bytes: [UInt8], _ range: Range<Int>, limits: HostLimits, after count: Int = 0) {
        self.bytes = bytes
        self.limits = limits
        self.count = count
        position = range.lowerBound
        end = range.upperBound
    }

    /// The whole text as one expression.
    mutating func whole() throws(HostSyntaxFault) -> HostExpression {
        guard position < end else { throw HostSyntaxFault(.emptyPattern, at: position) }
        let expression = try expression(depth: 0)
        if position < end { throw HostSyntaxFault(.unopenedParenthesis, at: position) }
        return expression
    }

    /// Operands and operators up to the end or the `)` that closes them.
    private mutating func expression(depth: Int) throws(HostSyntaxFault) -> HostExpression {
        var expression = HostExpression()
        var operation = HostExpression.Operator.union
        var sign = UInt8(ascii: ",")
        while true {
            _ = skipBlanks()
            let start = position
            guard position < end, !isOperator(at: position), bytes[position] != UInt8(ascii: ")")
            else { throw missingOperand(beside: sign, isFirst: expression.terms.isEmpty) }
            let operand = try operand(depth: depth)
            expression.terms.append(
                HostExpression.Term(operation: operation, operand: operand, offset: start))
            let blank = skipBlanks()
            guard position < end, bytes[position] != UInt8(ascii: ")") else { return expression }
            sign = bytes[position]
            switch sign {
            case UInt8(ascii: ","): operation = .union
            case UInt8(ascii: "!"): operation = .difference
            case UInt8(ascii: "&"): operation = .intersection
            case UInt8(ascii: "^"): operation = .symmetricDifference
            case _: throw .unexpected(in: bytes, at: blank ?? position)
            }
            position += 1
        }
    }

    /// A `^` where an operand is due names a file.
    private func isOperator(at index: Int) -> Bool {
        [UInt8(ascii: ","), UInt8(ascii: "!"), UInt8(ascii: "&")].contains(bytes[index])
    }

    private func missingOperand(beside sign: UInt8, isFirst: Bool) -> HostSyntaxFault {
        let sign = isFirst && position < end && isOperator(at: position) ? bytes[position] : sign
        if sign == UInt8(ascii: ",") { return HostSyntaxFault(.emptyItem, at: position) }
        let text = String(UnicodeScalar(sign))
        return HostSyntaxFault(.missingOperand(text), at: position)
    }

    /// Walks over blanks; the first of them.
    private mutating func skipBlanks() -> Int? {
        let start = position
        while position < end, bytes[position].isBlank { position += 1 }
        return start < position ? start : nil
    }

    private mutating func operand(depth: Int) throws(HostSyntaxFault) -> HostExpression.Operand {
        switch bytes[position] {
        case UInt8(ascii: "("):
            let start = position
            guard depth < limits.nesting else {
                throw HostSyntaxFault(.beyondLimit(.nesting, limits.nesting), at: start)
            }
            position += 1
            let inner = try expression(depth: depth + 1)
            guard position < end else { throw HostSyntaxFault(.unclosedParenthesis, at: start) }
            position += 1
            return .nested(inner)
        case UInt8(ascii: "^"): return file(depth: depth)
        case UInt8(ascii: "/"): return .matching(.expression(try expressionOfNames()))
        case UInt8(ascii: "@"): return try group()
        case _: return try item()
        }
    }

    /// A path runs to the next comma, or to a `)` that closes an expression, whatever it holds.
    private mutating func file(depth: Int) -> HostExpression.Operand {
        let start = position + 1
        let stop = bytes[start..<end]
            .firstIndex {
                $0 == UInt8(ascii: ",") || (depth > 0 && $0 == UInt8(ascii: ")"))
            }
        position = stop ?? end
        return .file(path: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func expressionOfNames() throws(HostSyntaxFault) -> NameExpression {
        let start = position
        var index = start + 1
        while index < end, bytes[index] != UInt8(ascii: "/") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < end else { throw HostSyntaxFault(.unclosedExpression, at: start) }
        position = index + 1
        do throws(NameExpression.Fault) {
            return try NameExpression(bytes[(start + 1)..<index], nesting: limits.nesting)
        } catch {
            throw HostSyntaxFault(.faultyExpression(error.message), at: error.offset)
        }
    }

    /// `@group`, `@source:group`, `@*`, `@source:*` or `@@source`.
    private mutating func group() throws(HostSyntaxFault) -> HostExpression.Operand {
        let start = position
        if let query = try bracedGroup() { return .groups([query]) }
        let outline = try HostItemOutline(bytes, (start + 1)..<end, endsAtOperators: true)
        position = outline.range.upperBound
        var name = (start + 1)..<position
        if bytes[name].first == UInt8(ascii: "@") {
            let source = (name.lowerBound + 1)..<name.upperBound
            try HostName.checkBytes(bytes, source)
            return .groups([.names(source: source.isEmpty ? nil : text(source))])
        }
        var source: String?
        let bracket = bytes[name].firstIndex(of: UInt8(ascii: "[")) ?? name.upperBound
        if let colon = bytes[name.lowerBound..<bracket].firstIndex(of: UInt8(ascii: ":")) {
            try HostName.checkBytes(bytes, name.lowerBound..<colon)
            if colon > name.lowerBound { source = text(name.lowerBound..<colon) }
            name = (colon + 1)..<name.upperBound
        }
        guard !name.isEmpty else { throw HostSyntaxFault(.emptyGroup, at: name.lowerBound) }
        if bytes[name].elementsEqual([UInt8(ascii: "*")]) { return .groups([.all(source: source)]) }
        let parts = try HostRangeParser(bytes: bytes, alphabet: .group, limits: limits).parts(name)
        let template = HostTemplate(user: nil, parts: parts, port: nil)
        guard let number = template.count, number <= limits.hosts else {
            throw HostSyntaxFault(.beyondLimit(.hosts, limits.hosts), at: start)
        }
        var queries: [HostGroupQuery] = []
        template.forEachHost { queries.append(.members(source: source, group: $0.name.text)) }
        return .groups(queries)
    }

    /// `@source:{anything}`: a name that may hold operators, such as a query of genders.
    private mutating func bracedGroup() throws(HostSyntaxFault) -> HostGroupQuery? {
        let prefix = bytes[(position + 1)..<end].prefix { $0.isNameByte || $0 == UInt8(ascii: ":") }
        let open = prefix.endIndex
        guard open < end, bytes[open] == UInt8(ascii: "{"),
            prefix.isEmpty || prefix.last == UInt8(ascii: ":")
        else { return nil }
        guard let close = bytes[open..<end].firstIndex(of: UInt8(ascii: "}")) else {
            throw HostSyntaxFault(.unclosedBrace, at: open)
        }
        guard close > open + 1 else { throw HostSyntaxFault(.emptyGroup, at: open + 1) }
        let source = prefix.dropLast()
        position = close + 1
        return .members(
            source: source.isEmpty ? nil : String(decoding: source, as: UTF8.self),
            group: text((open + 1)..<close))
    }

    private mutating func item() throws(HostSyntaxFault) -> HostExpression.Operand {
        let start = position
        let outline = try HostItemOutline(bytes, start..<end, endsAtOperators: true)
        position = outline.range.upperBound
        if outline.hasWildcard {
            guard outline.at == nil, outline.colon == nil else {
                throw HostSyntaxFault(.userOrPortOfMatch, at: outline.at ?? outline.colon ?? start)
            }
            let parts = try HostRangeParser(bytes: bytes, alphabet: .wildcards, limits: limits)
                .parts(outline.range)
            let template = HostTemplate(user: nil, parts: parts, port: nil)
            guard let number = template.count, number <= limits.hosts else {
                throw HostSyntaxFault(.beyondLimit(.hosts, limits.hosts), at: start)
            }
            var globs: [[UInt8]] = []
            template.forEachHost { globs.append(Array($0.name.text.utf8)) }
            return .matching(.globs(globs))
        }
        let template = try HostItemParser(bytes: bytes, outline: outline, limits: limits).template()
        let (sum, overflow) = count.addingReportingOverflow(template.count ?? Int.max)
        guard !overflow, sum <= limits.hosts else {
            throw HostSyntaxFault(.beyondLimit(.hosts, limits.hosts), at: start)
        }
        count = sum
        return .hosts(template)
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }
}
