// SPDX-License-Identifier: Apache-2.0

import ConfigurationTexts
import HostSets
import LocalCommands
import NodeSets

/// One source of groups, by its name; its file is read, or its command run, when it is first asked.
package final class GroupSource {
    /// Where the answers come from.
    enum Kind {
        /// A file that is read whole.
        case book(() throws(GroupFailure) -> GroupBook)
        /// Commands of the shell.
        case commands(GroupCommands)
        /// A source of ClusterShell's.
        case clusterShell(NodeGroups)
        /// A file of genders.
        case genders(path: String)
        /// Folders with one list per group.
        case dsh(groups: [String], all: [String])
    }

    package let name: String
    /// Where the source comes from, for people.
    package let origin: String
    let kind: Kind
    private var loadedBook: GroupBook?
    private var loadedGenders: Genders?

    init(name: String, origin: String, _ kind: Kind) {
        self.name = name
        self.origin = origin
        self.kind = kind
    }

    private func failure(_ message: String) -> GroupFailure {
        GroupFailure("source \(name) (\(origin)): \(message)")
    }

    private func noGroup(_ group: String) -> GroupFailure { failure("no group '\(group)'") }

    private func book(
        _ load: () throws(GroupFailure) -> GroupBook
    ) throws(GroupFailure) -> GroupBook {
        if let loadedBook { return loadedBook }
        do throws(GroupFailure) {
            let book = try load()
            loadedBook = book
            return book
        } catch { throw failure(error.description) }
    }

    private func genders(_ path: String) throws(GroupFailure) -> Genders {
        if let loadedGenders { return loadedGenders }
        do throws(GroupFailure) {
            let genders = try Genders(path: path)
            loadedGenders = genders
            return genders
        } catch { throw failure(error.description) }
    }

    /// The words that stand for a group.
    package func members(of group: String) throws(GroupFailure) -> [String] {
        switch kind {
        case .book(let load):
            guard let members = try book(load)[group] else { throw noGroup(group) }
            return members
        case .commands(let commands): return try commands.answer(.map, group, for: name)
        case .clusterShell(let groups):
            return try answer { () throws(NodesetFailure) in
                try groups.members(of: group, in: self.name)
            }
        case .genders(let path):
            guard let members = try genders(path).members(of: group, failure) else {
                throw noGroup(group)
            }
            return members
        case .dsh(let folders, _):
            for folder in folders where !group.contains("/") {
                if let text = LocalFiles.text("\(folder)/\(group)") {
                    return HostsFileText.dshList(text)
                }
            }
            throw noGroup(group)
        }
    }

    /// The words for all hosts of the source, those of all its groups when it does not say.
    package func all() throws(GroupFailure) -> [String] {
        switch kind {
        case .book(let load):
            let book = try book(load)
            return book.all ?? book.names.flatMap { book[$0] ?? [] }
        case .commands(let commands):
            if commands.has(.all) { return try commands.answer(.all, "", for: name) }
            var all: [String] = []
            for group in try names() { all += try members(of: group) }
            return all
        case .clusterShell(let groups):
            return try answer { () throws(NodesetFailure) in
                try NodeSetParser(groups: groups).allNodes(in: self.name)
            }
        case .genders(let path): return try genders(path).hosts
        case .dsh(let folders, let lists):
            for list in lists {
                if let text = LocalFiles.text(list) { return HostsFileText.dshList(text) }
            }
            return folders.flatMap { folder in
                LocalFiles.names(in: folder)
                    .flatMap { HostsFileText.dshList(LocalFiles.text("\(folder)/\($0)") ?? "") }
            }
        }
    }

    /// The names of all groups.
    package func names() throws(GroupFailure) -> [String] {
        switch kind {
        case .book(let load): return try book(load).names
        case .commands(let commands): return try commands.answer(.list, "", for: name)
        case .clusterShell(let groups):
            return try answer { () throws(NodesetFailure) in
                try NodeSetParser(groups: groups).list(self.name)
            }
        case .genders(let path): return try genders(path).names
        case .dsh(let folders, _):
            var names: [String] = []
            for name in folders.flatMap(LocalFiles.names) where !names.contains(name) {
                names.append(name)
            }
            return names
        }
    }

    /// The groups of a host, when the source can be asked that; `nil` when all must be looked at.
    package func groups(of host: String) throws(GroupFailure) -> [String]? {
        switch kind {
        case .commands(let commands):
            return commands.has(.reverse) ? try commands.answer(.reverse, host, for: name) : nil
        case .clusterShell(let groups):
            return try answer { () throws(NodesetFailure) in
                guard try groups.canReverse(self.name) else { return nil }
                return try groups.groups(of: host, in: self.name)
            }
        case .genders(let path):
            return try genders(path).attributes[host].map { $0.keys.sorted() } ?? []
        case .book, .dsh: return nil
        }
    }

    /// What the source knows of each host.
    package func attributes() throws(GroupFailure) -> [String: [String: String]] {
        switch kind {
        case .book(let load): return try book(load).attributes
        case .genders(let path): return try genders(path).attributes
        case .commands, .clusterShell, .dsh: return [:]
        }
    }

    private func answer<Answer>(
        _ body: () throws(NodesetFailure) -> Answer
    ) throws(GroupFailure) -> Answer {
        do throws(NodesetFailure) {
            return try body()
        } catch {
            throw failure(error.line(for: "ClusterShell"))
        }
    }
}

/// A file of genders, with its hosts expanded.
struct Genders {
    private(set) var hosts: [String] = []
    private(set) var names: [String] = []
    private(set) var attributes: [String: [String: String]] = [:]

    init(path: String) throws(GroupFailure) {
        let text: String
        do throws(SystemFault) {
            text = try LocalFiles.wholeText(path)
        } catch { throw GroupFailure(error.description) }
        do {
            for entry in try GendersText(text).entries {
                let pattern = try HostPattern(entry.hosts)
                for host in pattern.hosts().map(\.description) { add(entry, of: host) }
            }
        } catch {
            throw GroupFailure("\(path): \(error)")
        }
    }

    private mutating func add(_ entry: GendersText.Entry, of host: String) {
        if attributes[host] == nil {
            hosts.append(host)
            attributes[host] = [:]
        }
        for (name, value) in entry.attributes {
            if !names.contains(name) { names.append(name) }
            attributes[host]?[name] = value.map { Self.filled($0, host) } ?? ""
        }
    }

    /// `%n` is the host's name, `%%` a percent sign.
    private static func filled(_ value: String, _ host: String) -> String {
        var result = ""
        var rest = Substring(value)
        while let sign = rest.popFirst() {
            if sign == "%", let kind = rest.first, kind == "n" || kind == "%" {
                result += kind == "n" ? host : "%"
                rest.removeFirst()
            } else {
                result.append(sign)
            }
        }
        return result
    }

    /// The hosts with an attribute, with `attribute=value`, or that a query means.
    func members(
        of group: String, _ failure: (String) -> GroupFailure
    ) throws(GroupFailure) -> [String]? {
        let query: GendersQuery
        do throws(ConfigurationFault) {
            query = try GendersQuery(group)
        } catch {
            throw failure("'\(group)': \(error.message)")
        }
        if case .attribute(let name, nil) = query, !names.contains(name) { return nil }
        return hosts.filter { query.holds(of: attributes[$0] ?? [:]) }
    }
}
