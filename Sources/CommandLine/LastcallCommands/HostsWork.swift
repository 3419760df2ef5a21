// SPDX-License-Identifier: Apache-2.0

import GroupSources
import HostSets
import SystemPackage
import TextForms

/// One call of `lastcall hosts`.
struct HostsWork {
    private let command: HostsCommand
    private let lookup: GroupLookup
    private let limits: HostLimits
    private var resolution: HostResolution

    init(_ command: HostsCommand) throws(UsageError) {
        self.command = command
        try Self.check(command)
        limits = try command.groups.limits()
        let lookup = GroupLookup(command.groups)
        self.lookup = lookup
        let bytes = limits.bytes
        resolution = HostResolution(
            limits: limits, reading: { try HostListFile.read($0, limit: bytes) },
            groups: { try lookup.words(for: $0) })
    }

    private static func check(_ command: HostsCommand) throws(UsageError) {
        let output = command.output
        let kinds = [
            output.expand, output.count, output.list, output.sources, output.attributes,
            output.contains != nil,
        ]
        if kinds.count(where: { $0 }) > 1 {
            throw UsageError(
                "--expand, --count, --list, --sources, --attributes and --contains exclude each other"
            )
        }
        if let split = command.selection.split {
            guard split >= 1 else { throw UsageError("--split \(split): at least 1 set") }
            if command.selection.contiguous {
                throw UsageError("--split and --contiguous exclude each other")
            }
        }
        if let pick = command.selection.pick, pick < 0 {
            throw UsageError("--pick \(pick): at least 0 hosts")
        }
        if output.keepsOrder, command.selection.contiguous {
            throw UsageError("--contiguous puts hosts in their own order: leave out --order")
        }
    }

    /// Prints what is asked for.
    ///
    /// - Returns: the exit status.
    mutating func run() throws -> Int32 {
        do {
            return try answer()
        } catch let fault as HostSelectionFault {
            throw UsageError("\(fault)")
        } catch let failure as GroupFailure {
            throw UsageError("\(failure)")
        }
    }

    private mutating func answer() throws -> Int32 {
        let output = command.output
        if output.sources {
            try listSources()
        } else if output.list, command.expressions.isEmpty {
            try listGroups(holding: nil)
        } else if output.keepsOrder {
            try write(try ordered())
        } else {
            let hosts = try ranges()
            if let contained = output.contains {
                let wanted = try resolution.ranges(of: contained, option: "--contains")
                return wanted.subtracting(hosts).isEmpty ? 0 : 1
            }
            if output.list {
                try listGroups(holding: hosts)
            } else if output.attributes {
                try listAttributes(hosts)
            } else {
                try write(hosts)
            }
        }
        return 0
    }

    /// The hosts of all arguments and options.
    private mutating func ranges() throws -> HostRanges {
        var hosts = HostRanges()
        for argument in arguments {
            hosts.formUnion(try resolution.ranges(of: argument, option: "hosts"))
        }
        let selection = command.selection
        for argument in selection.intersection {
            hosts = hosts.intersection(try resolution.ranges(of: argument, option: "-i"))
        }
        for argument in selection.exclude {
            hosts = hosts.subtracting(try resolution.ranges(of: argument, option: "-x"))
        }
        for argument in selection.xor {
            hosts = hosts.symmetricDifference(try resolution.ranges(of: argument, option: "-X"))
        }
        if let slice = selection.slice {
            var sliced = HostRanges()
            for part in try Places.parts(slice) {
                sliced.formUnion(hosts.places(from: part.first, to: part.end, by: part.step))
            }
            hosts = sliced
        }
        if let count = selection.pick {
            var generator = RandomDraw(seed: selection.seed)
            hosts = hosts.pick(count, using: &generator)
        }
        return hosts
    }

    /// The same in the order in which the hosts are named.
    private mutating func ordered() throws -> [Host] {
        var hosts = HostSet()
        for argument in arguments {
            hosts.formUnion(try resolution.hosts(of: argument, option: "hosts"))
        }
        let selection = command.selection
        for argument in selection.intersection {
            hosts = hosts.intersection(try resolution.hosts(of: argument, option: "-i"))
        }
        for argument in selection.exclude {
            hosts = hosts.subtracting(try resolution.hosts(of: argument, option: "-x"))
        }
        for argument in selection.xor {
            hosts = hosts.symmetricDifference(try resolution.hosts(of: argument, option: "-X"))
        }
        var list = Array(hosts)
        if let slice = selection.slice {
            let parts = try Places.parts(slice)
            list = parts.flatMap { part in
                stride(from: part.first, to: min(part.end, list.count), by: part.step)
                    .map { list[$0] }
            }
        }
        if let count = selection.pick, count < list.count {
            var generator = RandomDraw(seed: selection.seed)
            let chosen = Set(list.indices.shuffled(using: &generator).prefix(count))
            list = list.indices.filter(chosen.contains).map { list[$0] }
        }
        return list
    }

    /// Without any expression the hosts stand on standard input.
    private var arguments: [String] { command.expressions.isEmpty ? ["-"] : command.expressions }
}

extension HostsWork {
    private var separator: String {
        var text = command.output.separator
        for (escape, sign) in [("\\n", "\n"), ("\\t", "\t"), ("\\0", "\0"), ("\\\\", "\\")] {
            if text == escape { return sign }
            text = text.split(separator: escape, omittingEmptySubsequences: false)
                .joined(separator: sign)
        }
        return text
    }

    private func write(_ hosts: HostRanges) throws {
        let selection = command.selection
        let parts =
            selection.contiguous
            ? hosts.contiguous() : selection.split.map { hosts.split(into: $0) } ?? [hosts]
        var text: [UInt8] = []
        for part in parts.isEmpty ? [hosts] : parts {
            if command.output.expand, !command.output.json, command.output.format == nil {
                part.write(separator: Array(separator.utf8), to: &text)
                if !part.isEmpty { text.append(UInt8(ascii: "\n")) }
            } else {
                try write(part, hosts: { part.hosts }, to: &text)
            }
        }
        try ProgramOutput.write(bytes: text)
    }

    private func write(_ hosts: [Host]) throws {
        var text: [UInt8] = []
        let parts = command.selection.split ?? 1
        var start = 0
        for part in 0..<max(1, min(parts, hosts.count)) {
            let size = hosts.count / parts + (part < hosts.count % parts ? 1 : 0)
            let piece = Array(hosts[start..<(start + size)])
            start += size
            try write(HostRanges(piece), hosts: { piece }, to: &text)
        }
        try ProgramOutput.write(bytes: text)
    }

    private func write(
        _ ranges: HostRanges, hosts: () -> [Host], to text: inout [UInt8]
    ) throws {
        let output = command.output
        if output.json {
            var object = JSONText()
            object.member("count", ranges.count)
            object.member("folded", try folded(ranges))
            if output.expand { object.member("hosts", hosts().map(\.description)) }
            text += object.line()
        } else if output.count {
            text += "\(ranges.count)\n".utf8
        } else if output.expand || output.keepsOrder || output.format != nil {
            let format = try HostFormat(output.format ?? "{}", lookup)
            let lines = hosts().map(format.text)
            if !lines.isEmpty { text += (lines.joined(separator: separator) + "\n").utf8 }
        } else {
            text += (try folded(ranges) + "\n").utf8
        }
    }

    private func folded(_ hosts: HostRanges) throws -> String {
        guard let axis = command.output.axis else { return hosts.description }
        if let number = Int(axis), number < 0 { return hosts.folded(along: [number]) }
        return hosts.folded(
            along: try Places.parts(axis).flatMap { Array($0.first..<$0.end) })
    }

    private func listSources() throws {
        let groups = try lookup.groups()
        let first = groups.sources.filter { $0.name == groups.defaultName }
        let sources = first + groups.sources.filter { $0.name != groups.defaultName }
        if command.output.json {
            var object = JSONText()
            object.member(
                "sources",
                sources.map { source in
                    var object = JSONText()
                    object.member("name", source.name)
                    object.member("origin", source.origin)
                    object.member("default", source.name == groups.defaultName)
                    return object
                })
            return try ProgramOutput.write(bytes: object.line())
        }
        let lines = sources.map { source in
            source.name + (source.name == groups.defaultName ? " (default)" : "")
                + "  " + source.origin + "\n"
        }
        try ProgramOutput.write(lines.joined())
    }

    /// Lists the groups of the chosen source, or of all, perhaps only those that hold some host.
    private mutating func listGroups(holding hosts: HostRanges?) throws {
        let groups = try lookup.groups()
        let sources = try command.groups.source.map { [try groups.source($0)] } ?? groups.sources
        var found: [(source: String, group: String, members: HostRanges?)] = []
        for source in sources {
            let names: [String]
            do throws(GroupFailure) {
                names = try source.names()
            } catch {
                // A source that cannot list its groups has none to show.
                if command.groups.source == nil { continue }
                throw error
            }
            for name in names {
                guard hosts != nil || command.output.members || command.output.json else {
                    found.append((source.name, name, nil))
                    continue
                }
                let word = "@\(source.name):{\(name)}"
                let members = try resolution.ranges(of: word, option: "--list")
                if let hosts {
                    let held = hosts.intersection(members)
                        .union(
                            members.intersection(hosts))
                    if held.isEmpty { continue }
                }
                found.append((source.name, name, members))
            }
        }
        if command.output.json {
            var object = JSONText()
            object.member(
                "groups",
                found.map { group in
                    var object = JSONText()
                    object.member("source", group.source)
                    object.member("group", group.group)
                    if let members = group.members {
                        object.member("count", members.count)
                        object.member("folded", members.description)
                    }
                    return object
                })
            return try ProgramOutput.write(bytes: object.line())
        }
        let lines = found.map { group in
            let prefix = group.source == groups.defaultName ? "" : group.source + ":"
            let members = group.members.map { " \($0.count) \($0)" }
            return "@\(prefix)\(group.group)"
                + (command.output.members ? members ?? "" : "") + "\n"
        }
        try ProgramOutput.write(lines.joined())
    }

    private func listAttributes(_ hosts: HostRanges) throws {
        let attributes = try lookup.groups().attributes()
        var text: [UInt8] = []
        for host in hosts.hosts {
            let own = attributes[host.name.text] ?? attributes[host.description] ?? [:]
            let pairs = own.sorted { $0.key < $1.key }
            if command.output.json {
                var object = JSONText()
                object.member("host", host.description)
                for (name, value) in pairs { object.member(name, value) }
                text += object.line()
            } else {
                let words = pairs.map { "\($0.key)=\(SafeText.line($0.value))" }
                text += ([host.description] + words).joined(separator: " ").utf8
                text.append(UInt8(ascii: "\n"))
            }
        }
        try ProgramOutput.write(bytes: text)
    }
}
