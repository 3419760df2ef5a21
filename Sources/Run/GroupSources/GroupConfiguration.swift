// SPDX-License-Identifier: Apache-2.0

import ConfigurationTexts
import HostSets
import LocalCommands
import NodeSets
import SystemPackage

/// Finds the sources of groups: the user's own, ClusterShell's, and what lies ready on the machine.
package struct GroupConfiguration {
    /// A variable of the environment.
    private let environment: (String) -> String?
    /// A file that is read instead of the usual ones.
    private let path: String?

    package init(path: String? = nil, environment: @escaping (String) -> String?) {
        self.path = path
        self.environment = environment
    }

    private var home: String { environment("HOME") ?? "/" }

    /// The configuration files that are read, more important ones first.
    package var paths: [String] {
        if let path { return [path] }
        let own = environment("XDG_CONFIG_HOME") ?? home + "/.config"
        let shared = (environment("XDG_CONFIG_DIRS") ?? "/etc/xdg").split(separator: ":")
        return (["\(own)/lastcall"] + shared.map { "\($0)/lastcall" } + ["/etc/lastcall"])
            .map { $0 + "/groups.toml" }
    }

    /// All sources.
    package func groups() throws(GroupFailure) -> HostGroups {
        var sources: [GroupSource] = []
        var defaultName: String?
        for path in paths where path == self.path || LocalFiles.kind(of: path) == .other {
            let text: String
            do throws(SystemFault) {
                text = try LocalFiles.wholeText(path)
            } catch { throw GroupFailure(error.description) }
            do throws(ConfigurationFault) {
                let table = try TOMLText.table(of: text)
                try add(table, of: path, to: &sources, &defaultName)
            } catch {
                throw GroupFailure("\(path): \(error)")
            }
        }
        let isNew = { (name: String) in !sources.contains { $0.name == name } }
        let clusterShell = ClusterShellConfiguration(environment: environment)
        if clusterShell.exists {
            let groups = NodeGroups(
                load: { () throws(NodesetFailure) in try clusterShell.sources() },
                run: { command, folder in
                    (try? ShellCommand.output(of: command, in: folder, milliseconds: 60_000))
                        .map { String(decoding: $0, as: UTF8.self) }
                })
            do throws(NodesetFailure) {
                let names = try groups.names()
                for name in names where isNew(name) {
                    sources.append(
                        GroupSource(name: name, origin: "ClusterShell", .clusterShell(groups)))
                }
                defaultName = defaultName ?? names.first
            } catch {
                throw GroupFailure("ClusterShell's configuration: \(error.text)")
            }
        }
        for source in ready where isNew(source.name) { sources.append(source) }
        if let name = defaultName, isNew(name) {
            throw GroupFailure("the default source '\(name)' is not configured")
        }
        return HostGroups(sources, defaultName: defaultName)
    }

    private func add(
        _ table: ConfigurationTable, of path: String, to sources: inout [GroupSource],
        _ defaultName: inout String?
    ) throws(ConfigurationFault) {
        for name in table.names where !["default", "sources"].contains(name) {
            throw ConfigurationFault(line: 1, "'\(name)' is not known: default or [sources.NAME]")
        }
        if defaultName == nil { defaultName = table["default"]?.text }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        for (name, value) in table["sources"]?.table?.pairs ?? [] {
            guard let options = value.table else {
                throw ConfigurationFault(line: 1, "[sources.\(name)] is a table")
            }
            let source = try source(name, options, folder)
            if !sources.contains(where: { $0.name == name }) { sources.append(source) }
        }
        if defaultName == nil { defaultName = table["sources"]?.table?.names.first }
    }

    /// One source; which of the keys it has says of what kind it is.
    private func source(
        _ name: String, _ options: ConfigurationTable, _ folder: String
    ) throws(ConfigurationFault) -> GroupSource {
        let known = [
            "map", "all", "list", "reverse", "ttl", "timeout", "file", "table", "ansible",
            "genders",
            "dsh", "hosts", "ssh-config", "known-hosts", "netgroups", "groups", "attributes",
        ]
        for key in options.names where !known.contains(key) {
            throw ConfigurationFault(line: 1, "[sources.\(name)]: '\(key)' is not known")
        }
        func file(_ key: String) -> String? {
            options[key]?.text
                .map { path in
                    if path.hasPrefix("~/") { return home + path.dropFirst() }
                    return path.hasPrefix("/") ? path : "\(folder)/\(path)"
                }
        }
        if options["map"] != nil {
            var commands: [NodeGroupSource.Call: String] = [:]
            for call in [NodeGroupSource.Call.map, .all, .list, .reverse] {
                commands[call] = options[call.rawValue]?.text
            }
            let cache = (environment("XDG_CACHE_HOME") ?? home + "/.cache") + "/lastcall/groups"
            return GroupSource(
                name: name, origin: "commands",
                .commands(
                    GroupCommands(
                        commands, folder: folder,
                        secondsToLive: try seconds("ttl", options, name) ?? 0,
                        milliseconds: 1000 * (try seconds("timeout", options, name) ?? 30),
                        cacheFolder: cache)))
        }
        if let path = file("genders") {
            return GroupSource(name: name, origin: path, .genders(path: path))
        }
        if let path = file("dsh") {
            return GroupSource(name: name, origin: path, .dsh(groups: [path], all: []))
        }
        let readers: [(String, (String) -> GroupBook)] = [
            ("hosts", HostsFileText.hosts), ("ssh-config", HostsFileText.sshConfiguration),
            ("known-hosts", HostsFileText.knownHosts), ("netgroups", HostsFileText.netgroups),
        ]
        for (key, read) in readers {
            if let path = file(key) {
                return Self.book(name, path) { text throws(GroupFailure) in read(text) }
            }
        }
        if let path = file("ansible") { return Self.inventory(name, path) }
        if let path = file("file") {
            let table = options["table"]?.text
            return Self.book(name, path) { text throws(GroupFailure) in
                try GroupFile.book(text, path: path, table: table)
            }
        }
        guard options["groups"] != nil else {
            throw ConfigurationFault(
                line: 1,
                "[sources.\(name)] says nothing of where its groups come from: map, file, groups, ansible, genders, dsh, hosts, ssh-config, known-hosts or netgroups"
            )
        }
        return GroupSource(
            name: name, origin: "groups.toml",
            .book { () throws(GroupFailure) in try GroupFile.book(options) })
    }

    private func seconds(
        _ key: String, _ options: ConfigurationTable, _ name: String
    ) throws(ConfigurationFault) -> Int? {
        guard let value = options[key] else { return nil }
        if case .integer(let seconds) = value, seconds >= 0, seconds < 1 << 32 { return seconds }
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        if let text = value.text, let unit = text.last.flatMap({ units[$0] }),
            let number = Int(text.dropLast()), number >= 0, number < 1 << 24
        {
            return number * unit
        }
        throw ConfigurationFault(
            line: 1, "[sources.\(name)]: \(key) is a time, such as 30, \"30s\", \"5m\" or \"1h\"")
    }

    static func book(
        _ name: String, _ path: String,
        _ read: @escaping (String) throws(GroupFailure) -> GroupBook
    ) -> GroupSource {
        GroupSource(
            name: name, origin: path,
            .book { () throws(GroupFailure) in
                let text: String
                do throws(SystemFault) {
                    text = try LocalFiles.wholeText(path)
                } catch { throw GroupFailure(error.description) }
                return try read(text)
            })
    }

    static func inventory(_ name: String, _ path: String) -> GroupSource {
        book(name, path) { text throws(GroupFailure) in
            do throws(ConfigurationFault) {
                return try AnsibleInventory(text, name: path).book()
            } catch {
                throw GroupFailure("\(path): \(error)")
            }
        }
    }
}

/// The sources that need no configuration, because their files or commands lie in their places.
extension GroupConfiguration {
    private var ready: [GroupSource] {
        var sources: [GroupSource] = []
        let exists = { (path: String) in LocalFiles.kind(of: path) == .other }
        let genders = environment("GENDERS") ?? "/etc/genders"
        if exists(genders) {
            sources.append(GroupSource(name: "genders", origin: genders, .genders(path: genders)))
        }
        let folders = ["\(home)/.dsh/group", "/etc/dsh/group", "/usr/local/etc/dsh/group"]
            .filter { LocalFiles.kind(of: $0) == .folder }
        let lists = ["\(home)/.dsh/machines.list", "/etc/dsh/machines.list"].filter(exists)
        if !folders.isEmpty || !lists.isEmpty {
            let origin = (folders + lists)[0]
            sources.append(
                GroupSource(name: "dsh", origin: origin, .dsh(groups: folders, all: lists)))
        }
        let inventory = environment("ANSIBLE_INVENTORY") ?? "/etc/ansible/hosts"
        if exists(inventory) { sources.append(Self.inventory("ansible", inventory)) }
        let files: [(String, String, (String) -> GroupBook)] = [
            ("ssh", "\(home)/.ssh/config", HostsFileText.sshConfiguration),
            ("known", "\(home)/.ssh/known_hosts", HostsFileText.knownHosts),
            ("hosts", "/etc/hosts", HostsFileText.hosts),
        ]
        for (name, path, read) in files where exists(path) {
            sources.append(Self.book(name, path) { text throws(GroupFailure) in read(text) })
        }
        if exists("/etc/netgroup") {
            sources.append(
                Self.book("netgroup", "/etc/netgroup") { text throws(GroupFailure) in
                    HostsFileText.netgroups(text)
                })
        }
        if LocalFiles.hasProgram("sinfo") { sources.append(slurm) }
        if LocalFiles.hasProgram("squeue") { sources.append(job) }
        return sources
    }

    /// The partitions of Slurm, as ClusterShell's example has them.
    private var slurm: GroupSource {
        commands(
            "slurm",
            [
                .map: #"sinfo -h -o "%N" -p "$GROUP""#, .all: #"sinfo -h -o "%N""#,
                .list: #"sinfo -h -o "%R""#, .reverse: #"sinfo -h -N -o "%R" -n "$NODE""#,
            ])
    }

    /// The nodes of a job of Slurm.
    private var job: GroupSource {
        commands(
            "job",
            [
                .map: #"squeue -h -j "$GROUP" -o "%N""#, .list: #"squeue -h -o "%i" -t R"#,
                .reverse: #"squeue -h -w "$NODE" -o "%i""#,
            ])
    }

    private func commands(
        _ name: String, _ commands: [NodeGroupSource.Call: String]
    ) -> GroupSource {
        GroupSource(
            name: name, origin: "Slurm",
            .commands(
                GroupCommands(
                    commands, folder: "/", secondsToLive: 0, milliseconds: 30_000, cacheFolder: nil)
            ))
    }
}
