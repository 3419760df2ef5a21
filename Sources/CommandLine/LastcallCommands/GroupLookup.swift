// SPDX-License-Identifier: Apache-2.0

import Console
import GroupSources
import HostSets

/// Groups as the options configure them, found when the first group is asked for.
final class GroupLookup {
    private let options: GroupOptions
    private var found: HostGroups?

    init(_ options: GroupOptions) { self.options = options }

    /// All sources.
    func groups() throws(GroupFailure) -> HostGroups {
        if let found { return found }
        let configuration = GroupConfiguration(
            path: options.configuration, environment: ThisProcess.environment)
        let groups = try configuration.groups()
        found = groups
        return groups
    }

    /// The words that stand for what is asked; `--source` is the source of groups that name none.
    func words(for query: HostGroupQuery) throws -> [String] {
        guard let source = options.source, query.source == nil else {
            return try groups().words(for: query)
        }
        switch query {
        case .members(_, let group):
            return try groups().words(for: .members(source: source, group: group))
        case .all, .known: return try groups().words(for: .all(source: source))
        case .names: return try groups().words(for: .names(source: source))
        }
    }
}
