// SPDX-License-Identifier: Apache-2.0

import ConfigurationTexts
import LocalCommands
package import NodeSets

/// ClusterShell's own configuration of group sources: `groups.conf`, and what it names.
package struct ClusterShellConfiguration: Sendable {
    /// The `groups.conf` files that are read, later ones over earlier ones.
    package var paths: [String]

    /// Reads one file only.
    package init(path: String) { paths = [path] }

    /// Reads the files ClusterShell would.
    package init(environment: (String) -> String?) {
        paths = Self.paths("groups.conf", environment)
    }

    static func paths(_ name: String, _ environment: (String) -> String?) -> [String] {
        let home = environment("HOME") ?? "/"
        let configuration = environment("XDG_CONFIG_HOME") ?? home + "/.config"
        var paths = [
            "/etc/clustershell/\(name)", "\(home)/.local/etc/clustershell/\(name)",
            "/usr/etc/clustershell/\(name)", "\(configuration)/clustershell/\(name)",
        ]
        if let folder = environment("CLUSTERSHELL_CFGDIR") { paths.append("\(folder)/\(name)") }
        return paths
    }

    /// The axes `defaults.conf` folds by default, from 0; `nil` for all.
    package static func foldAxes(environment: (String) -> String?) -> [Int]? {
        var configuration = INIText()
        for path in paths("defaults.conf", environment) {
            guard let text = LocalFiles.text(path) else { continue }
            try? configuration.read(text, from: path)
        }
        guard let value = configuration["nodeset"]?["fold_axis"] else { return nil }
        let axes = value.split(separator: ",").compactMap { Int($0.filter { $0 != " " }) }
        return axes.isEmpty ? nil : axes
    }

    /// Whether any of the files exists.
    package var exists: Bool { paths.contains { LocalFiles.kind(of: $0) == .other } }

    /// All sources, in the order ClusterShell finds them.
    package func sources() throws(NodesetFailure) -> NodeGroupSources {
        var configuration = INIText()
        var last: String?
        for path in paths {
            guard let text = LocalFiles.text(path) else { continue }
            try Self.read(text, of: path, into: &configuration)
            last = path
        }
        var result = NodeGroupSources()
        guard let last else { return result }
        let folder = last.lastIndex(of: "/").map { String(last[..<$0]) } ?? ""
        let main = configuration["Main"] ?? [:]
        for path in try Self.folders(main["groupsdir"] ?? main["confdir"], folder, "confdir") {
            for name in LocalFiles.names(in: path) where name.hasSuffix(".conf") {
                guard let text = LocalFiles.text("\(path)/\(name)") else { continue }
                var part = INIText()
                try Self.read(text, of: "\(path)/\(name)", into: &part)
                try Self.add(part, folder: path, to: &result)
            }
        }
        for path in try Self.folders(main["autodir"], folder, "autodir") {
            for name in LocalFiles.names(in: path) where name.hasSuffix(".yaml") {
                guard let text = LocalFiles.text("\(path)/\(name)") else { continue }
                try Self.add(text, of: "\(path)/\(name)", to: &result)
            }
        }
        try Self.add(configuration, folder: folder, to: &result)
        if let name = main["default"], !name.isEmpty {
            guard result.sources.contains(where: { $0.name == name }) else {
                throw .resolver("Default group source not found: \"\(name)\"")
            }
            result.defaultName = name
        }
        result.defaultName = result.defaultName ?? result.sources.first?.name
        return result
    }

    private static func read(
        _ text: String, of path: String, into configuration: inout INIText
    ) throws(NodesetFailure) {
        do throws(INIText.Fault) {
            try configuration.read(text, from: path)
        } catch {
            throw .configuration(error.message)
        }
    }

    /// The folders of an option, each once, those that exist.
    private static func folders(
        _ value: String?, _ folder: String, _ option: String
    ) throws(NodesetFailure) -> [String] {
        var folders: [String] = []
        for word in ShellWords.words(value ?? "") {
            let path = normal(TemplateText.filled(word, with: ["CFGDIR": folder]))
            guard !folders.contains(path) else { continue }
            switch LocalFiles.kind(of: path) {
            case .nothing: continue
            case .folder: folders.append(path)
            case .other: throw .resolver("Defined \(option) \(path) is not a directory")
            }
        }
        return folders
    }

    /// A path without `.`, `..` and doubled slashes.
    static func normal(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !path.hasPrefix("/") {
                parts.append(part)
            }
        }
        let text = (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
        return text.isEmpty ? "." : text
    }

    private static func add(
        _ configuration: INIText, folder: String, to result: inout NodeGroupSources
    ) throws(NodesetFailure) {
        for (section, options) in configuration.sections {
            for name in section.split(separator: ",", omittingEmptySubsequences: false)
            where name != "Main" && section != "DEFAULT" {
                guard let map = options["map"] else {
                    throw .resolver("No option 'map' in section: '\(section)'")
                }
                if let time = options["cache_time"], Double(time) == nil {
                    throw .resolver("could not convert string to float: '\(time)'")
                }
                guard !result.sources.contains(where: { $0.name == name }) else {
                    throw .resolver("GroupSource '\(name)': name collision")
                }
                var commands: [NodeGroupSource.Call: String] = [.map: map]
                for call in [NodeGroupSource.Call.all, .list, .reverse] {
                    commands[call] = options[call.rawValue]
                }
                result.sources.append(
                    NodeGroupSource(
                        name: String(name), kind: .commands(commands, folder: folder)))
            }
        }
    }

    /// Adds the sources of a YAML file.
    static func add(
        _ text: String, of path: String, to result: inout NodeGroupSources
    ) throws(NodesetFailure) {
        let value: ConfigurationValue
        do throws(ConfigurationFault) {
            value = try YAMLText.value(of: text)
        } catch {
            throw .resolver("\(path): \(error)")
        }
        guard let table = value.table else {
            throw .resolver("\(path): invalid content (base is not a dict)")
        }
        for (name, groups) in table.pairs {
            if case .integer = YAMLText.plain(name) {
                throw .resolver("\(path): group source \(name) not a string (add quotes?)")
            }
            guard let groups = groups.table else {
                throw .resolver(
                    "\(path): invalid content (group source '\(name)' is not a dict)")
            }
            guard !result.sources.contains(where: { $0.name == name }) else {
                throw .value("GroupSource '\(name)': name collision")
            }
            let nodes = groups.pairs.map { group, nodes in
                (
                    name: group,
                    nodes: nodes.list.map { $0.compactMap(\.text).joined(separator: ",") }
                        ?? nodes.text ?? ""
                )
            }
            result.sources.append(NodeGroupSource(name: name, kind: .groups(nodes)))
        }
    }
}

/// Words as a shell splits them: at blanks, with quotes and backslashes.
enum ShellWords {
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var rest = Substring(text)
        while let sign = rest.popFirst() {
            if let open = quote {
                if sign == open {
                    quote = nil
                } else if sign == "\\", open == "\"", let next = rest.first,
                    next == "\"" || next == "\\"
                {
                    word?.append(next)
                    rest.removeFirst()
                } else {
                    word?.append(sign)
                }
            } else if sign.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = word ?? ""
                if sign == "'" || sign == "\"" {
                    quote = sign
                } else if sign == "\\" {
                    if let next = rest.popFirst() { word?.append(next) }
                } else {
                    word?.append(sign)
                }
            }
        }
        if let done = word { words.append(done) }
        return words
    }
}
