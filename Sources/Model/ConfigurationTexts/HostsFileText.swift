// SPDX-License-Identifier: Apache-2.0

/// The files every system has: /etc/hosts, ssh's configuration and known hosts, dsh's lists.
package enum HostsFileText {
    /// The lines of a text without comments, as words.
    private static func words(_ text: String) -> [[String]] {
        text.split(separator: "\n")
            .map { line in
                line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" || $0 == "\r" }
                    .map(String.init)
            }
            .filter { !$0.isEmpty }
    }

    /// The first name of each address of hosts(5), and its address and other names as attributes.
    ///
    /// Names of this machine itself, and of groups of machines (`ip6-allnodes`), are left out.
    package static func hosts(_ text: String) -> GroupBook {
        var book = GroupBook()
        var all: [String] = []
        for words in words(text) where words.count > 1 {
            let address = words[0].lowercased()
            let isOwn = address.hasPrefix("127.") || address == "::1"
            let isGroup = address.hasPrefix("ff") || address.hasPrefix("fe00::")
            guard !isOwn, !isGroup else { continue }
            if !all.contains(words[1]) { all.append(words[1]) }
            book.set("address", of: words[1], to: words[0])
            if words.count > 2 {
                book.set("aliases", of: words[1], to: words[2...].joined(separator: " "))
            }
        }
        book.all = all
        return book
    }

    /// The hosts ssh_config(5) names without wildcards, and what it says of them: user, port, address.
    package static func sshConfiguration(_ text: String) -> GroupBook {
        var book = GroupBook()
        var all: [String] = []
        var current: [String] = []
        for line in text.split(separator: "\n") {
            let parts = line.prefix { $0 != "#" }
                .split(maxSplits: 1) { $0 == " " || $0 == "\t" || $0 == "=" }
            guard parts.count == 2 else { continue }
            let value = parts[1].drop { $0 == " " || $0 == "\t" || $0 == "=" }
                .split { $0 == " " || $0 == "\t" || $0 == "\r" }
                .map { $0.filter { $0 != "\"" } }
            switch parts[0].lowercased() {
            case "host":
                current = value.filter { !$0.contains { "*?!".contains($0) } }
                for name in current where !all.contains(name) { all.append(name) }
            case "match": current = []
            case "hostname": set("address", value)
            case "user": set("user", value)
            case "port": set("port", value)
            case _: break
            }
        }
        func set(_ attribute: String, _ value: [String]) {
            for host in current where book.attributes[host]?[attribute] == nil {
                book.set(attribute, of: host, to: value.first ?? "")
            }
        }
        book.all = all
        return book
    }

    /// The hosts of known_hosts in the clear; `[host]:port` keeps its port, hashed ones are not known.
    package static func knownHosts(_ text: String) -> GroupBook {
        var book = GroupBook()
        var all: [String] = []
        var seen: Set<String> = []
        for words in words(text) {
            let names = words[0].hasPrefix("@") ? words.dropFirst().first ?? "" : words[0]
            for name in names.split(separator: ",") where !name.hasPrefix("|") {
                guard !name.contains(where: { "*?!".contains($0) }) else { continue }
                var host = String(name)
                // In brackets stands what has a port; only an IPv6 address keeps them.
                if host.hasPrefix("["), let end = host.firstIndex(of: "]"),
                    !host[..<end].contains(":")
                {
                    host = String(
                        host[host.index(after: host.startIndex)..<end] + host[end...].dropFirst())
                }
                if seen.insert(host).inserted { all.append(host) }
            }
        }
        book.all = all
        return book
    }

    /// The hosts of a dsh list, one on each line; `@group` stands for another list.
    package static func dshList(_ text: String) -> [String] { words(text).map { $0[0] } }

    /// The netgroups of netgroup(5), each with its hosts and the groups it names.
    package static func netgroups(_ text: String) -> GroupBook {
        var book = GroupBook()
        let joined = text.replacingContinuations
        for line in joined.split(separator: "\n") {
            let content = line.prefix { $0 != "#" }
            guard let name = content.split(whereSeparator: { $0 == " " || $0 == "\t" }).first else {
                continue
            }
            book.add(netgroupMembers(String(content.dropFirst(name.count))), to: String(name))
        }
        return book
    }

    /// The hosts of triples such as `(host,user,domain)`, and the names of groups as `@group`.
    package static func netgroupMembers(_ text: String) -> [String] {
        var members: [String] = []
        var rest = Substring(text)
        while let sign = rest.first {
            if sign == "(" {
                let triple = rest.dropFirst().prefix { $0 != ")" }
                rest = rest.dropFirst(triple.count + 2)
                let host = triple.prefix { $0 != "," }.filter { $0 != " " }
                if !host.isEmpty, host != "-" { members.append(String(host)) }
            } else if sign.isWhitespace {
                rest.removeFirst()
            } else {
                let name = rest.prefix { !$0.isWhitespace && $0 != "(" }
                members.append("@\(name)")
                rest = rest.dropFirst(name.count)
            }
        }
        return members
    }
}

extension String {
    /// The text with lines that end in a backslash joined to the next.
    fileprivate var replacingContinuations: String {
        var result = ""
        for line in split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasSuffix("\\") {
                result += line.dropLast() + " "
            } else {
                result += line + "\n"
            }
        }
        return result
    }
}
