// SPDX-License-Identifier: Apache-2.0

import HostSets

/// Reads texts into node sets the way ClusterShell 1.9.1 reads them, groups included.
package struct NodeSetParser {
    private let groups: NodeGroups
    private let autostep: Int?
    /// How deep groups name groups.
    private var depth = 0
    private var matchesWildcards = true

    /// As deep as the stack of ClusterShell's own language allows, about.
    private static let deepest = 300

    package init(groups: NodeGroups, autostep: Int? = nil) {
        self.groups = groups
        self.autostep = autostep
    }

    /// The nodes a text stands for.
    package func nodes(_ text: String) throws(NodesetFailure) -> NodeSet {
        var parser = self
        do throws(NodesetFailure) {
            return try parser.parse(text, in: nil)
        } catch {
            switch error {
            case .queryFailed(let command): throw .parse(text, command)
            case .nodeSet, .range, .external, .illegalGroupCharacters, .resolver, .unknownSource,
                .noUpcall, .configuration, .type, .value, .usage:
                throw error
            }
        }
    }

    /// The nodes of all lines of a text.
    package func lines(_ text: String) throws(NodesetFailure) -> NodeSet {
        var set = NodeSet(autostep: autostep)
        for line in text.split(whereSeparator: \.isNewline) {
            set.formUnion(try nodes(String(line)))
        }
        return set
    }

    private mutating func parse(
        _ text: String, in source: String?
    ) throws(NodesetFailure) -> NodeSet {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else {
            throw .parse(text, "maximum recursion depth exceeded")
        }
        var result = NodeSet()
        var known: [String]?
        var scanner = NodeSetScanner(text, autostep: autostep)
        while let item = try scanner.next() {
            var operand = NodeSet(pattern: item.pattern, item.numbers)
            if item.pattern.utf8.first == UInt8(ascii: "@") {
                var members = NodeSet()
                for group in operand.names {
                    let (words, inner) = try answer(group, in: source)
                    if !words.isEmpty { members.formUnion(try parse(words, in: inner)) }
                }
                operand = members
            } else if matchesWildcards,
                item.pattern.utf8.contains(where: { "*?".utf8.contains($0) })
            {
                if known == nil {
                    matchesWildcards = false
                    defer { matchesWildcards = true }
                    var all = NodeSet()
                    for words in try allNodes(in: source) {
                        all.formUnion(try parse(words, in: source))
                    }
                    known = all.names
                }
                operand = try matching(operand.names, among: known ?? [])
            }
            switch item.operation {
            case .union: result.formUnion(operand)
            case .difference: result.subtract(operand)
            case .intersection: result.formIntersection(operand)
            case .symmetricDifference: result.formSymmetricDifference(operand)
            }
        }
        return result
    }

    private func matching(
        _ masks: [String], among known: [String]
    ) throws(NodesetFailure) -> NodeSet {
        var result = NodeSet()
        let masks = masks.map { Array($0.utf8) }
        for name in known where masks.contains(where: { Glob.matches($0, Array(name.utf8)) }) {
            result.formUnion(try NodeSetScanner.single(Array(name.utf8)[...], autostep))
        }
        return result
    }

    /// What stands for `@group`, `@source:group`, `@*` or `@@source`, and the source it belongs to.
    private func answer(
        _ text: String, in source: String?
    ) throws(NodesetFailure) -> (words: String, source: String?) {
        var source = source
        let whole = text.dropFirst()
        var group = String(whole)
        if let colon = whole.firstIndex(of: ":") {
            source = String(whole[..<colon])
            group = String(whole[whole.index(after: colon)...])
        }
        let words =
            group == "*"
            ? try allNodes(in: source)
            : group.hasPrefix("@")
                ? try list(String(whole.dropFirst())) : try groups.members(of: group, in: source)
        return (words.joined(separator: ","), source)
    }

    /// The names of all groups of a source, sorted as nodes are.
    package func list(_ source: String?) throws(NodesetFailure) -> [String] {
        var set = NodeSet()
        for name in try groups.list(source) {
            var scanner = NodeSetScanner(name, autostep: nil)
            while let item = try scanner.next() {
                set.formUnion(NodeSet(pattern: item.pattern, item.numbers))
            }
        }
        return set.names
    }

    /// All nodes of a source: what it says, or what its groups have together.
    package func allNodes(in source: String?) throws(NodesetFailure) -> [String] {
        do throws(NodesetFailure) {
            return try groups.allNodes(in: source)
        } catch {
            switch error {
            case .queryFailed(let command):
                throw .external("Failed to get all nodes: \(command)")
            case .noUpcall: break
            case .nodeSet, .range, .external, .illegalGroupCharacters, .resolver, .unknownSource,
                .configuration, .type, .value, .usage:
                throw error
            }
        }
        do throws(NodesetFailure) {
            var words: [String] = []
            for group in try list(source) { words += try groups.members(of: group, in: source) }
            return words
        } catch {
            guard case .noUpcall = error else { throw error }
            throw .external("Not enough working methods (all or map + list) to get all nodes")
        }
    }

    /// The nodes of a group.
    func members(of group: String, in source: String?) throws(NodesetFailure) -> NodeSet {
        try nodes(try groups.members(of: group, in: source).joined(separator: ","))
    }
}

/// Masks with `*` and `?`, compared with whole names.
enum Glob {
    static func matches(_ mask: [UInt8], _ name: [UInt8]) -> Bool {
        var (m, n) = (0, 0)
        var star: (mask: Int, name: Int)?
        while n < name.count {
            if m < mask.count, mask[m] == UInt8(ascii: "*") {
                star = (m, n)
                m += 1
            } else if m < mask.count, mask[m] == UInt8(ascii: "?") || mask[m] == name[n] {
                m += 1
                n += 1
            } else if let last = star {
                star = (last.mask, last.name + 1)
                (m, n) = (last.mask + 1, last.name + 1)
            } else {
                return false
            }
        }
        return mask[m...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
