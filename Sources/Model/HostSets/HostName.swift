// SPDX-License-Identifier: Apache-2.0

/// A name or address that can be handed to any program or file name without being read as
/// something else.
///
/// A host name is never empty, never starts with `-` (it can never be read as an option), and holds
/// only ASCII letters, digits, `.`, `-`, `_`, and, in an IPv6 address, `:` and `%` (zone).
/// Control bytes, blanks, quotes, `/`, `$` and every other byte a shell or a path could interpret
/// are refused.
public struct HostName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it was given, without brackets.
    public let text: String

    /// Whether the name is an IPv6 address literal.
    public var isIPv6Literal: Bool { text.utf8.contains(UInt8(ascii: ":")) }

    /// The name as it was given, without brackets.
    public var description: String { text }

    /// Makes a name that has been checked.
    init(checked text: String) { self.text = text }
}
