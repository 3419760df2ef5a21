// SPDX-License-Identifier: Apache-2.0

import TextForms

/// What the targets of a run are called, one by one and many at once.
package struct TargetNames: Sendable {
    /// The names, in the order of the targets, safe for a terminal.
    package let labels: [String]
    private let fold: @Sendable ([String]) -> String

    /// - Parameters:
    ///   - labels: the name of each target as the user wrote it.
    ///   - fold: names to the shortest pattern that means them (`node[1-3]`).
    package init(labels: [String], fold: @escaping @Sendable ([String]) -> String) {
        self.labels = labels.map(SafeText.line)
        self.fold = fold
    }

    package var count: Int { labels.count }

    /// The name of one target.
    package subscript(host: Int) -> String { labels[host] }

    /// The pattern of some targets.
    package func folded(_ hosts: [Int]) -> String {
        SafeText.line(fold(hosts.map { labels[$0] }))
    }
}
