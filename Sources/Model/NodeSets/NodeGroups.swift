// SPDX-License-Identifier: Apache-2.0

/// One source of groups, as ClusterShell's configuration describes it.
package struct NodeGroupSource: Sendable {
    /// What a source can be asked.
    package enum Call: String, Hashable, Sendable {
        case map
        case all
        case list
        case reverse
    }

    /// Where the answers come from.
    package enum Kind: Sendable {
        /// Shell commands with `$GROUP`, `$NODE`, `$SOURCE` and `$CFGDIR` in them, run in a folder.
        case commands([Call: String], folder: String)
        /// Groups that are written down, in order.
        case groups([(name: String, nodes: String)])
    }

    package var name: String
    package var kind: Kind

    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// All sources of groups, in order, and which of them is the default.
package struct NodeGroupSources: Sendable {
    package var sources: [NodeGroupSource] = []
    package var defaultName: String?

    package init() {}
}

/// Answers what is asked of the sources, which are found when the first question comes.
package final class NodeGroups {
    package typealias Load = () throws(NodesetFailure) -> NodeGroupSources
    /// The output of a shell command in a folder; `nil` when it failed.
    package typealias Run = (_ command: String, _ folder: String) -> String?

    private let load: Load
    private let run: Run
    private var loaded: NodeGroupSources?
    private var answers: [[String]: String] = [:]

    package init(load: @escaping Load, run: @escaping Run) {
        self.load = load
        self.run = run
    }

    private func all() throws(NodesetFailure) -> NodeGroupSources {
        if let loaded { return loaded }
        let sources = try load()
        loaded = sources
        return sources
    }

    /// The names of all sources, the default first.
    package func names() throws(NodesetFailure) -> [String] {
        let all = try all()
        var names = all.sources.map(\.name)
        if let name = all.defaultName {
            names.removeAll { $0 == name }
            names.insert(name, at: 0)
        }
        return names
    }

    /// Makes another source the default.
    package func setDefault(_ name: String) throws(NodesetFailure) {
        var all = try all()
        guard all.sources.contains(where: { $0.name == name }) else { throw .unknownSource(name) }
        all.defaultName = name
        loaded = all
    }

    private func source(_ name: String?) throws(NodesetFailure) -> NodeGroupSource {
        let all = try all()
        let wanted = name.flatMap { $0.isEmpty ? nil : $0 }
        guard let source = all.sources.first(where: { $0.name == wanted ?? all.defaultName }) else {
            throw .unknownSource(wanted ?? "<default>")
        }
        return source
    }

    private func answer(
        _ call: NodeGroupSource.Call, _ source: NodeGroupSource, _ argument: String = ""
    ) throws(NodesetFailure) -> String {
        switch source.kind {
        case .groups(let groups):
            switch call {
            case .map: return groups.first { $0.name == argument }?.nodes ?? ""
            case .list: return groups.map(\.name).joined(separator: "\n")
            case .all:
                guard let all = groups.first(where: { $0.name == "all" }) else {
                    throw .noUpcall("All groups info not available", source: source.name)
                }
                return all.nodes
            case .reverse: throw .noUpcall("Not implemented", source: source.name)
            }
        case .commands(let commands, let folder):
            guard let template = commands[call], !template.isEmpty else {
                throw .noUpcall(call.rawValue, source: source.name)
            }
            let key = [source.name, call.rawValue, argument]
            if let known = answers[key] { return known }
            var values = ["CFGDIR": folder, "SOURCE": source.name]
            switch call {
            case .map: values["GROUP"] = argument
            case .reverse: values["NODE"] = argument
            case .all, .list: break
            }
            let command = TemplateText.filled(template, with: values)
            guard let output = run(command, folder) else { throw .queryFailed(command: command) }
            answers[key] = output
            return output
        }
    }

    package func members(of group: String, in source: String?) throws(NodesetFailure) -> [String] {
        PlainText.words(try answer(.map, try self.source(source), group))
    }

    package func allNodes(in source: String?) throws(NodesetFailure) -> [String] {
        PlainText.words(try answer(.all, try self.source(source)))
    }

    package func list(_ source: String?) throws(NodesetFailure) -> [String] {
        try checked(try answer(.list, try self.source(source)))
    }

    package func groups(of node: String, in source: String?) throws(NodesetFailure) -> [String] {
        try checked(try answer(.reverse, try self.source(source), node))
    }

    package func canReverse(_ source: String?) throws(NodesetFailure) -> Bool {
        do throws(NodesetFailure) {
            guard case .commands(let commands, _) = try self.source(source).kind else {
                return false
            }
            return commands[.reverse].map { !$0.isEmpty } ?? false
        } catch {
            guard case .unknownSource = error else { throw error }
            return false
        }
    }

    private func checked(_ answer: String) throws(NodesetFailure) -> [String] {
        let names = PlainText.words(answer)
        for name in names {
            let illegal = name.filter { "@,!&^*".contains($0) }
            if !illegal.isEmpty {
                throw .illegalGroupCharacters(
                    Set(illegal).sorted().map(String.init).joined(separator: " "))
            }
        }
        return names
    }
}

/// Texts with `$NAME` and `${NAME}` in them; what has no value stays, and `$$` is a dollar sign.
package enum TemplateText {
    package static func filled(_ template: String, with values: [String: String]) -> String {
        let bytes = Array(template.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count else {
                result.append(bytes[index])
                index += 1
                continue
            }
            if bytes[index + 1] == UInt8(ascii: "$") {
                result.append(UInt8(ascii: "$"))
                index += 2
                continue
            }
            let isBraced = bytes[index + 1] == UInt8(ascii: "{")
            let start = index + (isBraced ? 2 : 1)
            var end = start
            while end < bytes.count, isNameByte(bytes[end]),
                end > start || !PlainText.isDigit(bytes[end])
            {
                end += 1
            }
            let name = PlainText.text(bytes[start..<end])
            let isClosed = !isBraced || (end < bytes.count && bytes[end] == UInt8(ascii: "}"))
            if isClosed, let value = values[name] {
                result.append(contentsOf: value.utf8)
                index = end + (isBraced ? 1 : 0)
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return PlainText.text(result)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        PlainText.isDigit(byte) || byte == UInt8(ascii: "_") || 65...90 ~= byte || 97...122 ~= byte
    }
}
