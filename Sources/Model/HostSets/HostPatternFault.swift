// SPDX-License-Identifier: Apache-2.0

/// Why a text is not a host name or host pattern, and where.
public struct HostPatternFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public var reason: Reason
    /// Where in the text: 1 is the first character, a Unicode scalar.
    public var column: Int

    /// What is wrong and what to do, in one line without the place.
    public var message: String { reason.message }

    /// The place and the message: `column 5: …`.
    public var description: String { "column \(column): \(message)" }

    init(_ fault: HostSyntaxFault, in bytes: [UInt8]) {
        reason = fault.reason
        column = FaultyText.column(of: fault.offset, in: bytes[...])
    }

    /// What is wrong with a host name or host pattern.
    ///
    /// Texts that are carried along are quotations made harmless: control bytes and bytes that are
    /// not UTF-8 are spelled `\xNN`.
    public enum Reason: Hashable, Sendable {
        /// The whole text is empty.
        case emptyPattern
        /// Nothing stands between two commas, or before the first, or after the last.
        case emptyItem
        /// A host name is missing, as in `root@` or `:22`.
        case emptyName
        /// Nothing stands before `@`.
        case emptyUser
        /// A character that host names cannot hold.
        case unexpectedCharacter(String)
        /// A character kept for a syntax that is not understood.
        case unsupportedSyntax(ReservedSign)
        /// A host name starts with `-` and could be read as an option.
        case leadingDash
        /// A host name starts with `.`.
        case leadingDot
        /// A host name has more than 255 bytes.
        case nameTooLong(bytes: Int)
        /// A character that a remote user's name cannot hold.
        case unexpectedUserCharacter(String)
        /// A remote user's name starts with `-`.
        case leadingUserDash
        /// A remote user's name has more than 255 bytes.
        case userTooLong(bytes: Int)
        /// A second `@`.
        case secondUser
        /// `:` without a port behind it.
        case emptyPort
        /// What follows `:` is not a number in 1...65535.
        case invalidPort(String)
        /// More than one `:`, but not an IPv6 address.
        case malformedAddress
        /// A numeric range inside an IPv6 address.
        case rangeInAddress
        /// Something other than a port follows `[address]`.
        case textAfterAddress
        /// `[` without `]`.
        case unclosedBracket
        /// `]` without `[`.
        case unopenedBracket
        /// `[` inside brackets.
        case nestedBracket
        /// A number is missing inside brackets.
        case emptyRange
        /// A character that ranges cannot hold.
        case unexpectedRangeCharacter(String)
        /// A number with more than 18 digits.
        case numberTooLong(digits: Int)
        /// A range that counts down.
        case descendingRange(first: String, last: String)
        /// The ends of a range disagree about leading zeros.
        case unevenPadding(first: String, last: String)
        /// A step, `/2`, behind a single number.
        case stepWithoutRange
        /// A step of 0.
        case invalidStep
        /// More than this limit allows; the limit.
        case beyondLimit(HostLimits.Name, Int)
        /// Nothing stands on one side of an operator: `!`, `&` or `^`.
        case missingOperand(String)
        /// `(` without `)`.
        case unclosedParenthesis
        /// `)` without `(`.
        case unopenedParenthesis
        /// `{` without `}`.
        case unclosedBrace
        /// `@` without the name of a group behind it.
        case emptyGroup
        /// `/` without another that ends the expression.
        case unclosedExpression
        /// What is wrong with a regular expression.
        case faultyExpression(String)
        /// A user or port with a pattern that matches names.
        case userOrPortOfMatch
    }
    /// A character that is kept for a syntax of its own, and so never part of a name.
    public enum ReservedSign: Character, Hashable, Sendable, CaseIterable {
        /// `*`, for patterns that match names.
        case anyText = "*"
        /// `!`, for exclusion.
        case exclusion = "!"
        /// `&`, for intersection.
        case intersection = "&"
        /// `^`, which names a file.
        case file = "^"
        /// `/`, for regular expressions.
        case expression = "/"
    }
}
