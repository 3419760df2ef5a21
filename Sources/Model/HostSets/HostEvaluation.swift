// SPDX-License-Identifier: Apache-2.0

/// Turns expressions into sets, asking for each group once.
struct HostEvaluation<Value: HostAlgebra> {
    private let groups: (HostGroupQuery) throws -> [String]
    private let limits: HostLimits
    private var values: [HostGroupQuery: Value] = [:]
    /// The groups being looked up, each named by the one before it.
    private var open: [HostGroupQuery] = []

    init(limits: HostLimits, groups: @escaping (HostGroupQuery) throws -> [String]) {
        self.limits = limits
        self.groups = groups
    }

    /// The hosts an expression stands for.
    ///
    /// It stands in `text`; groups that name no source belong to `source`.
    mutating func value(
        of expression: HostExpression, in text: HostListText, source: String? = nil
    ) throws(HostSelectionFault) -> Value {
        var result = Value()
        for term in expression.terms {
            if term.operation == .union, case .hosts(let template) = term.operand {
                result.insert(template)
                continue
            }
            let operand = try value(of: term, in: text, source: source)
            switch term.operation {
            case .union: result.formUnion(operand)
            case .difference: result = result.subtracting(operand)
            case .intersection: result = result.intersection(operand)
            case .symmetricDifference: result = result.symmetricDifference(operand)
            }
        }
        return result
    }

    private mutating func value(
        of term: HostExpression.Term, in text: HostListText, source: String?
    ) throws(HostSelectionFault) -> Value {
        switch term.operand {
        case .hosts(let template):
            var value = Value()
            value.insert(template)
            return value
        case .nested(let inner): return try value(of: inner, in: text, source: source)
        case .list(let list): return try value(of: list)
        case .file: return Value()
        case .groups(let queries):
            var value = Value()
            for query in queries {
                value.formUnion(
                    try answer(query.defaulting(to: source), namedAt: term.offset, of: text))
            }
            return value
        case .matching(let match):
            let known = try answer(.known, namedAt: term.offset, of: text)
            var value = Value()
            known.visit { host in
                if match.matches(Array(host.name.text.utf8)) { value.insert(host) }
            }
            return value
        }
    }

    private mutating func value(of list: HostList) throws(HostSelectionFault) -> Value {
        var value = Value()
        for item in list.items {
            switch item {
            case .names(let names): value.insert(names: names, of: list.text.bytes)
            case .expression(let expression) where expression.isNames:
                for case .hosts(let template) in expression.terms.lazy.map(\.operand) {
                    value.insert(template)
                }
            case .expression(let expression):
                value.formUnion(
                    try self.value(of: expression, in: list.text, source: list.source))
            }
        }
        return value
    }

    private mutating func answer(
        _ query: HostGroupQuery, namedAt offset: Int, of text: HostListText
    ) throws(HostSelectionFault) -> Value {
        if let known = values[query] { return known }
        if let first = open.firstIndex(of: query) {
            throw text.fault(.groupCycle(open[first...] + [query]), at: offset)
        }
        guard open.count < limits.nesting else {
            throw text.fault(.pattern(.beyondLimit(.nesting, limits.nesting)), at: offset)
        }
        let words: [String]
        do {
            words = try groups(query)
        } catch {
            throw text.fault(.groupFailed(query, message: "\(error)"), at: offset)
        }
        open.append(query)
        defer { open.removeLast() }
        var reader = HostListReader(limits: limits)
        let value = try value(of: try reader.words(words, of: query))
        values[query] = value
        return value
    }
}
