// SPDX-License-Identifier: Apache-2.0

/// What a file says about groups: their members, all hosts, and what is known of each host.
package struct GroupBook: Hashable, Sendable {
    /// The groups in the order they are written; members are words of host expressions.
    package private(set) var names: [String] = []
    private var memberWords: [String: [String]] = [:]
    /// All hosts, as words; `nil` when the file does not say.
    package var all: [String]?
    /// By host name, then by attribute.
    package var attributes: [String: [String: String]] = [:]

    package init() {}

    /// The members of a group; `nil` when there is no such group.
    package subscript(group: String) -> [String]? { memberWords[group] }

    /// Adds members to a group, which exists from then on.
    package mutating func add(_ members: [String], to group: String) {
        if memberWords[group] == nil { names.append(group) }
        memberWords[group, default: []] += members
    }

    /// Adds an attribute of a host.
    package mutating func set(_ attribute: String, of host: String, to value: String) {
        attributes[host, default: [:]][attribute] = value
    }
}
