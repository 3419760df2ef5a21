// SPDX-License-Identifier: Apache-2.0

/// What one item of a host list says; the items of a list are joined.
enum HostListItem: Hashable, Sendable {
    /// These hosts.
    case hosts(HostTemplate)
    /// The hosts in a file: `^path`; `offset` is the byte of the `^`.
    case file(path: String, offset: Int)
}
