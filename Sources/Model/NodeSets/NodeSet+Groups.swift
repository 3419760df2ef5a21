// SPDX-License-Identifier: Apache-2.0

extension NodeSet {
    /// A group that holds some of the nodes.
    package struct Membership {
        package var group: String
        /// How many of the nodes it holds.
        var count: Int
        /// All nodes of the group.
        package var nodes: NodeSet
    }

    /// The groups of a source that hold nodes of this set.
    package func memberships(
        in source: String?, _ groups: NodeGroups
    ) throws(NodesetFailure) -> [Membership] {
        let parser = NodeSetParser(groups: groups, autostep: autostep)
        let plain = NodeSetParser(groups: groups)
        var names: [String] = []
        do throws(NodesetFailure) {
            names = try plain.list(source)
        } catch {
            // The source may still know the groups of each node.
            switch error {
            case .noUpcall, .queryFailed: break
            case .nodeSet, .range, .external, .illegalGroupCharacters, .resolver, .unknownSource,
                .configuration, .type, .value, .usage:
                throw error
            }
        }
        let asksForEach = try groups.canReverse(source) && (names.isEmpty || names.count >= count)
        if !asksForEach, names.isEmpty { return [] }
        var all: [(name: String, nodes: NodeSet)] = []
        if !asksForEach {
            for name in names { all.append((name, try plain.members(of: name, in: source))) }
        }
        var found: [Membership] = []
        var places: [String: Int] = [:]
        for node in self.names {
            let holding: [String]
            if asksForEach {
                do throws(NodesetFailure) {
                    holding = try groups.groups(of: node, in: source)
                } catch {
                    guard case .queryFailed(let command) = error else { throw error }
                    throw .external("Group source query failed: \(command)")
                }
            } else {
                let single = try NodeSetScanner.single(Array(node.utf8)[...], nil)
                holding = all.filter { $0.nodes.isSuperset(of: single) }.map(\.name)
            }
            for name in holding {
                if let place = places[name] {
                    found[place].count += 1
                } else {
                    places[name] = found.count
                    found.append(
                        Membership(
                            group: name, count: 1,
                            nodes: try parser.members(of: name, in: source)))
                }
            }
        }
        return found
    }

    /// The set written with the groups that lie wholly in it, largest first.
    package func regrouped(
        in source: String?, withoutSource: Bool, _ groups: NodeGroups
    ) throws(NodesetFailure) -> String {
        let found = try memberships(in: source, groups)
        guard !found.isEmpty else { return description }
        let whole = found.filter { $0.count == $0.nodes.count }
            .sorted { left, right in
                left.count != right.count
                    ? left.count > right.count
                    : left.group.utf8.lexicographicallyPrecedes(right.group.utf8)
            }
        var rest = NodeSet(autostep: nil)
        rest.formUnion(self)
        var regrouped = NodeSet()
        for membership in whole where rest.isSuperset(of: membership.nodes) {
            let prefix = source.flatMap { withoutSource ? nil : "@\($0):" } ?? "@"
            let name = Array((prefix + membership.group).utf8)
            regrouped.formUnion(try NodeSetScanner.single(name[...], nil))
            rest.subtract(membership.nodes)
            if rest.isEmpty { return regrouped.description }
        }
        return regrouped.isEmpty ? rest.description : "\(regrouped),\(rest)"
    }
}
