// SPDX-License-Identifier: Apache-2.0

/// How much a text about hosts may ask for, so that no text costs more time or memory than that.
public struct HostLimits: Hashable, Sendable {
    /// One of the limits, by the name a user raises it by.
    public enum Name: String, Hashable, Sendable, CaseIterable {
        /// How many hosts one list, or one group, may stand for.
        case hosts
        /// How many brackets one name may have.
        case brackets
        /// How deep parentheses, and groups within groups, may go.
        case nesting
        /// How many bytes a file, or the answer of a group source, may have.
        case bytes
    }

    /// How many hosts one list, or one group, may stand for.
    public var hosts = HostPattern.maximumCount
    /// How many brackets one name may have.
    public var brackets = 32
    /// How deep parentheses, and groups within groups, may go.
    public var nesting = 64
    /// How many bytes a file, or the answer of a group source, may have.
    public var bytes = 64 << 20

    /// The limits a user gets who raises none.
    public init() {}

    /// The limit of this name.
    public subscript(name: Name) -> Int {
        get {
            switch name {
            case .hosts: hosts
            case .brackets: brackets
            case .nesting: nesting
            case .bytes: bytes
            }
        }
        set {
            switch name {
            case .hosts: hosts = newValue
            case .brackets: brackets = newValue
            case .nesting: nesting = newValue
            case .bytes: bytes = newValue
            }
        }
    }
}
