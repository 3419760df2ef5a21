// SPDX-License-Identifier: Apache-2.0

/// Ansible inventories, INI and YAML: groups, children, ranges, and variables for user and port.
package struct AnsibleInventory: Sendable {
    /// The hosts of each group itself, in order.
    private var hosts: [String: [String]] = [:]
    private var children: [String: [String]] = [:]
    private var groupVariables: [String: [String: String]] = [:]
    private var hostVariables: [String: [String: String]] = [:]
    private var order: [String] = []
    private var parents: [String: [String]] = [:]

    private mutating func add(group: String) {
        if hosts[group] == nil {
            hosts[group] = []
            order.append(group)
        }
    }

    private mutating func add(_ host: String, to group: String) {
        add(group: group)
        hosts[group, default: []].append(host)
    }

    private mutating func add(child: String, to group: String) {
        add(group: group)
        add(group: child)
        children[group, default: []].append(child)
        parents[child, default: []].append(group)
    }

    /// Reads an inventory; one that begins with `---`, or whose name ends in .yml or .yaml, is YAML.
    package init(_ text: String, name: String) throws(ConfigurationFault) {
        let isYAML =
            [".yml", ".yaml"].contains { name.hasSuffix($0) } || text.hasPrefix("---")
        if isYAML { try readYAML(text) } else { try readINI(text) }
    }

    /// The groups with all their members, `user@host:port` where variables say so.
    package func book() throws(ConfigurationFault) -> GroupBook {
        var book = GroupBook()
        var all: [String] = []
        var seen: Set<String> = []
        for group in order {
            for host in hosts[group] ?? [] where seen.insert(host).inserted { all.append(host) }
        }
        var words: [String: String] = [:]
        for host in all {
            let variables = variables(of: host)
            book.attributes[host] = variables
            words[host] = Self.word(host, variables)
        }
        for group in order where group != "all" {
            let members = try members(of: group, depth: 0)
            var known: Set<String> = []
            book.add(
                members.filter { known.insert($0).inserted }.map { words[$0] ?? $0 }, to: group)
        }
        book.all = all.map { words[$0] ?? $0 }
        return book
    }

    private static func word(_ host: String, _ variables: [String: String]) -> String {
        var word = host
        if let port = variables["ansible_port"] ?? variables["ansible_ssh_port"] {
            word = (word.contains(":") ? "[\(word)]" : word) + ":\(port)"
        }
        if let user = variables["ansible_user"] ?? variables["ansible_ssh_user"] {
            word = "\(user)@\(word)"
        }
        return word
    }

    private func members(of group: String, depth: Int) throws(ConfigurationFault) -> [String] {
        guard depth < 100 else {
            throw ConfigurationFault(line: 1, "the group \(group) is a child of itself")
        }
        var members = hosts[group] ?? []
        for child in children[group] ?? [] {
            members += try self.members(of: child, depth: depth + 1)
        }
        return members
    }

    /// The variables of a host: those of `all`, then of its groups from the outside in, then its own.
    private func variables(of host: String) -> [String: String] {
        var variables = groupVariables["all"] ?? [:]
        var chain: [String] = []
        var open = order.filter { hosts[$0]?.contains(host) == true }
        while let group = open.popLast(), chain.count < 10_000 {
            if chain.contains(group) { continue }
            chain.append(group)
            open += parents[group] ?? []
        }
        for group in chain.reversed() where group != "all" {
            variables.merge(groupVariables[group] ?? [:]) { _, inner in inner }
        }
        return variables.merging(hostVariables[host] ?? [:]) { _, own in own }
    }

    private mutating func readINI(_ text: String) throws(ConfigurationFault) {
        enum Kind { case hosts, children, variables }
        var group = "ungrouped"
        var kind = Kind.hosts
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let content = Self.withoutComment(line)
            guard !content.isEmpty else { continue }
            if content.hasPrefix("[") {
                guard content.hasSuffix("]") else {
                    throw ConfigurationFault(line: index + 1, "'[' is never closed")
                }
                let name = content.dropFirst().dropLast()
                let parts = name.split(separator: ":", maxSplits: 1)
                group = parts.first.map(String.init) ?? ""
                switch parts.count > 1 ? parts[1] : "" {
                case "": kind = .hosts
                case "children": kind = .children
                case "vars": kind = .variables
                case _:
                    throw ConfigurationFault(line: index + 1, "[\(name)]: hosts, children or vars")
                }
                add(group: group)
                continue
            }
            switch kind {
            case .hosts:
                let words = Self.words(content)
                guard let first = words.first else { continue }
                for host in Self.expanded(first) {
                    add(host, to: group)
                    for word in words.dropFirst() {
                        let parts = word.split(
                            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                        guard parts.count == 2 else { continue }
                        hostVariables[host, default: [:]][String(parts[0])] = String(parts[1])
                    }
                }
            case .children: add(child: String(Self.words(content).first ?? ""), to: group)
            case .variables:
                let parts = content.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else {
                    throw ConfigurationFault(line: index + 1, "'=' is missing")
                }
                let name = Self.words(Substring(parts[0])).first ?? ""
                groupVariables[group, default: [:]][name] =
                    Self.words(Substring(parts[1])).joined(separator: " ")
            }
        }
    }

    private mutating func readYAML(_ text: String) throws(ConfigurationFault) {
        guard let table = try YAMLText.value(of: text).table else {
            throw ConfigurationFault(line: 1, "an inventory is a table of groups")
        }
        for (name, value) in table.pairs { readYAML(group: name, value) }
    }

    private mutating func readYAML(group: String, _ value: ConfigurationValue) {
        add(group: group)
        guard let table = value.table else { return }
        for (name, variables) in table["hosts"]?.table?.pairs ?? [] {
            for host in Self.expanded(name) {
                add(host, to: group)
                for (name, value) in variables.table?.pairs ?? [] {
                    hostVariables[host, default: [:]][name] = value.text
                }
            }
        }
        for (name, value) in table["vars"]?.table?.pairs ?? [] {
            groupVariables[group, default: [:]][name] = value.text
        }
        for (name, value) in table["children"]?.table?.pairs ?? [] {
            add(child: name, to: group)
            readYAML(group: name, value)
        }
    }

    private static func withoutComment(_ line: Substring) -> Substring {
        var content = line.drop(while: \.isWhitespace)
        if content.hasPrefix("#") || content.hasPrefix(";") { return "" }
        var previous: Character = " "
        for index in content.indices {
            if content[index] == "#", previous.isWhitespace {
                content = content[..<index]
                break
            }
            previous = content[index]
        }
        while let last = content.last, last.isWhitespace { content.removeLast() }
        return content
    }

    /// Words with blanks in between, where quotes keep blanks together.
    private static func words(_ text: Substring) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for sign in text {
            if let open = quote {
                if sign == open { quote = nil } else { word?.append(sign) }
            } else if sign == "'" || sign == "\"" {
                quote = sign
                word = word ?? ""
            } else if sign.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(sign)
            }
        }
        if let done = word { words.append(done) }
        return words
    }

    /// `www[01:50:2].example.com` and `db-[a:f]` as the names they stand for; `name:port` as it is.
    static func expanded(_ pattern: String) -> [String] {
        guard let open = pattern.firstIndex(of: "["),
            let close = pattern[open...].firstIndex(of: "]")
        else { return [pattern] }
        let inner = pattern[pattern.index(after: open)..<close]
        let parts = inner.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let (before, after) = (pattern[..<open], pattern[pattern.index(after: close)...])
        var texts: [String] = []
        if 2...3 ~= parts.count, let first = Int(parts[0]), let last = Int(parts[1]),
            let step = parts.count > 2 ? Int(parts[2]) : 1, step > 0, first <= last,
            (last - first) / step < HostCount.limit
        {
            let width = parts[0].hasPrefix("0") ? parts[0].utf8.count : 1
            for number in stride(from: first, through: last, by: step) {
                let digits = String(number)
                texts.append(
                    String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits)
            }
        } else if parts.count == 2, let first = parts[0].utf8.first, let last = parts[1].utf8.first,
            parts[0].utf8.count == 1, parts[1].utf8.count == 1, first <= last
        {
            texts = (first...last).map { String(UnicodeScalar($0)) }
        } else {
            return [pattern]
        }
        let tails = expanded(String(after))
        guard texts.count * tails.count <= HostCount.limit else { return [pattern] }
        return texts.flatMap { text in tails.map { before + text + $0 } }
    }
}

/// How many hosts a range of an inventory may stand for; a larger one stays as it is and is refused
/// later, as a name.
private enum HostCount {
    static let limit = 1_000_000
}
