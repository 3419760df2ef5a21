// SPDX-License-Identifier: Apache-2.0

package import HostSets

/// All sources of groups of this user, in the order of their configuration.
package final class HostGroups {
    package let sources: [GroupSource]
    /// The source that groups without one belong to.
    package let defaultName: String?

    init(_ sources: [GroupSource], defaultName: String?) {
        self.sources = sources
        self.defaultName = defaultName
    }

    /// The source of this name; the default one for `nil`.
    package func source(_ name: String?) throws(GroupFailure) -> GroupSource {
        guard let wanted = name ?? defaultName else {
            throw GroupFailure("no source of groups is the default: name one\(choice)")
        }
        guard let source = sources.first(where: { $0.name == wanted }) else {
            throw GroupFailure("no source of groups is called '\(wanted)'\(choice)")
        }
        return source
    }

    private var choice: String {
        sources.isEmpty
            ? "; there are none (see Docs/host-sets.md)"
            : "; there are " + sources.map(\.name).joined(separator: ", ")
    }

    /// The words that stand for what is asked.
    package func words(for query: HostGroupQuery) throws(GroupFailure) -> [String] {
        switch query {
        case .members(let name, let group): return try source(name).members(of: group)
        case .all(let name): return try source(name).all()
        case .names(let name): return try source(name).names()
        case .known:
            if defaultName != nil { return try source(nil).all().map { qualified($0, nil) } }
            var all: [String] = []
            for source in sources { all += try source.all().map { qualified($0, source.name) } }
            return all
        }
    }

    /// A word of a source's answer, its groups with the name of the source.
    private func qualified(_ word: String, _ source: String?) -> String {
        guard let source, word.hasPrefix("@"), !word.contains(":") else { return word }
        return "@\(source):\(word.dropFirst())"
    }

    /// What all sources know of hosts; what the default source says wins, then the earlier one.
    package func attributes() throws(GroupFailure) -> [String: [String: String]] {
        var result: [String: [String: String]] = [:]
        let ordered = sources.filter { $0.name == defaultName } + sources
        for source in ordered {
            for (host, attributes) in try source.attributes() {
                result[host, default: [:]].merge(attributes) { known, _ in known }
            }
        }
        return result
    }
}
