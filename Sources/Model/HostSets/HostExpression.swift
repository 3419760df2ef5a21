// SPDX-License-Identifier: Apache-2.0

/// Hosts by name, by group and by pattern, joined by the operators of sets.
///
/// Operators have one precedence and are applied from left to right: `a,b!c` is (a and b) without c.
struct HostExpression: Sendable {
    enum Operator: Hashable, Sendable {
        case union
        case difference
        case intersection
        case symmetricDifference
    }

    /// What stands between operators.
    indirect enum Operand: Sendable {
        case hosts(HostTemplate)
        /// Several lists of group members; a name with ranges is several groups.
        case groups([HostGroupQuery])
        /// All known hosts whose names match.
        case matching(HostMatch)
        case nested(HostExpression)
        /// The hosts in a file, when it has been read.
        case list(HostList)
        /// `^path`, before it has been read.
        case file(path: String)
    }

    struct Term: Sendable {
        var operation: Operator
        var operand: Operand
        /// The byte the operand begins at.
        var offset: Int
    }

    var terms: [Term] = []

    /// Whether the expression is nothing but names that are joined.
    var isNames: Bool {
        terms.allSatisfy { term in
            guard case .hosts = term.operand else { return false }
            return term.operation == .union
        }
    }
}

/// The words of a file or of an answer, in order.
struct HostList: Sendable {
    enum Item: Sendable {
        /// Bytes of the text that are plain names, one after the other.
        case names([Range<Int>])
        /// Anything else.
        case expression(HostExpression)
    }

    /// Where the words stand, for faults.
    var text: HostListText
    var items: [Item] = []
    /// The source that groups without one belong to.
    var source: String?

    mutating func append(name: Range<Int>) {
        if case .names(var names) = items.last {
            items.removeLast()
            names.append(name)
            items.append(.names(names))
        } else {
            items.append(.names([name]))
        }
    }
}

/// What is asked of the group sources.
public enum HostGroupQuery: Hashable, Sendable {
    /// The members of a group; `nil` is the default source.
    case members(source: String?, group: String)
    /// All hosts of a source.
    case all(source: String?)
    /// The names of all groups of a source.
    case names(source: String?)
    /// All hosts that are known at all, for patterns that match names.
    case known

    /// The source it is asked of, if any is named.
    public var source: String? {
        switch self {
        case .members(let source, _): source
        case .all(let source): source
        case .names(let source): source
        case .known: nil
        }
    }

    /// The same query, of this source unless it names another.
    func defaulting(to source: String?) -> HostGroupQuery {
        guard let source, self.source == nil else { return self }
        switch self {
        case .members(_, let group): return .members(source: source, group: group)
        case .all: return .all(source: source)
        case .names: return .names(source: source)
        case .known: return self
        }
    }
}

extension HostGroupQuery: CustomStringConvertible {
    /// The query as a user writes it: `@rack1`, `@racks:*`, `@@racks`.
    public var description: String {
        let prefix = source.map { $0 + ":" } ?? ""
        switch self {
        case .members(_, let group): return "@\(prefix)\(group)"
        case .all: return "@\(prefix)*"
        case .names(let source): return "@@\(source ?? "")"
        case .known: return "all known hosts"
        }
    }
}
