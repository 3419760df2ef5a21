// SPDX-License-Identifier: Apache-2.0

/// A name or address that can be handed to any program or file name without being read as
/// something else.
///
/// A host name is never empty, never starts with `-` (it can never be read as an option) or `.` (it
/// can never be a directory or a hidden file), has at most 255 bytes, and holds only ASCII letters,
/// digits, `.`, `-`, `_`, and, in an IPv6 address, `:` and `%` (zone). Control bytes, blanks,
/// quotes, `/`, `$` and every other byte a shell or a path could interpret are refused.
///
/// Names are compared byte for byte: `Node1` and `node1` are two names.
public struct HostName: Hashable, Sendable, CustomStringConvertible {
    /// The most bytes a name may have (the limit of DNS, RFC 1035 §2.3.4, and of a file name).
    public static let maximumLength = 255

    /// The name as it was given, without brackets.
    public let text: String

    /// Whether the name is an IPv6 address literal.
    public var isIPv6Literal: Bool { text.utf8.contains(UInt8(ascii: ":")) }

    /// The name as it was given, without brackets.
    public var description: String { text }

    /// Takes one name or address, without user, port, brackets or ranges.
    ///
    /// - Throws: `HostPatternFault` with the column of the first byte that cannot stand there.
    public init(_ text: String) throws(HostPatternFault) {
        let bytes = Array(text.utf8)
        do throws(HostSyntaxFault) {
            try HostName.check(bytes, 0..<bytes.count)
        } catch {
            throw HostPatternFault(error, in: bytes)
        }
        self.text = text
    }

    /// Makes a name that has been checked.
    init(checked text: String) { self.text = text }
}

extension HostName {
    /// Refuses everything in `range` that is not one name or address.
    static func check(_ bytes: [UInt8], _ range: Range<Int>) throws(HostSyntaxFault) {
        if bytes[range].contains(UInt8(ascii: ":")) {
            try checkAddress(bytes, range)
        } else {
            try checkBytes(bytes, range)
            try checkStart(bytes, range)
        }
        guard range.count <= maximumLength else {
            throw HostSyntaxFault(.nameTooLong(bytes: range.count), at: range.lowerBound)
        }
    }

    /// Refuses an IPv6 address that is not well formed.
    static func checkAddress(_ bytes: [UInt8], _ range: Range<Int>) throws(HostSyntaxFault) {
        guard IPv6Literal.isWellFormed(bytes[range]) else {
            // A byte that no address can hold is a better place to point at than the whole.
            let foreign = bytes[range]
                .firstIndex {
                    !$0.isNameByte && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "%")
                }
            if let foreign { throw .unexpected(in: bytes, at: foreign) }
            throw HostSyntaxFault(.malformedAddress, at: range.lowerBound)
        }
    }

    /// Refuses bytes that no name can hold.
    static func checkBytes(_ bytes: [UInt8], _ range: Range<Int>) throws(HostSyntaxFault) {
        for index in range where !bytes[index].isNameByte {
            throw .unexpected(in: bytes, at: index)
        }
    }

    /// Refuses an empty name, and one that starts like an option or a hidden file.
    static func checkStart(_ bytes: [UInt8], _ range: Range<Int>) throws(HostSyntaxFault) {
        guard !range.isEmpty else { throw HostSyntaxFault(.emptyName, at: range.lowerBound) }
        if bytes[range.lowerBound] == UInt8(ascii: "-") {
            throw HostSyntaxFault(.leadingDash, at: range.lowerBound)
        }
        if bytes[range.lowerBound] == UInt8(ascii: ".") {
            throw HostSyntaxFault(.leadingDot, at: range.lowerBound)
        }
    }
}
