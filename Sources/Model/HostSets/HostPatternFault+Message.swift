// SPDX-License-Identifier: Apache-2.0

extension HostPatternFault.Reason {
    /// What is wrong and what to do, in one line.
    public var message: String {
        switch self {
        case .emptyPattern: "no host is named: write one, such as node1 or node[1-9]"
        case .emptyItem: "nothing stands on one side of a ',': remove the comma or add a host"
        case .emptyName: "a host name is missing: write one, such as node1"
        case .emptyUser: "nothing stands before '@': write user@host"
        case .unexpectedCharacter(let sign):
            "'\(sign)' cannot be part of a host name: use letters, digits, '.', '-' and '_'"
        case .unsupportedSyntax(let sign): "'\(sign.rawValue)' cannot stand here: \(sign.advice)"
        case .leadingDash: "a host name cannot start with '-': it could be read as an option"
        case .leadingDot: "a host name cannot start with '.': remove the dot"
        case .nameTooLong(let bytes):
            "the host name has \(bytes) bytes: at most \(HostName.maximumLength) are possible"
        case .unexpectedUserCharacter(let sign):
            "'\(sign)' cannot be part of a user name: use letters, digits, '.', '-', '_' and '+'"
        case .leadingUserDash: "a user name cannot start with '-': it could be read as an option"
        case .userTooLong(let bytes):
            "the user name has \(bytes) bytes: at most \(Host.maximumUserLength) are possible"
        case .secondUser: "a second '@': write user@host, with one '@'"
        case .emptyPort: "a port is missing after ':': write one, such as :22, or remove the ':'"
        case .invalidPort(let port): "'\(port)' is not a port: use a number from 1 to 65535"
        case .malformedAddress:
            "not an IPv6 address: write one, such as fe80::1, or with a port [fe80::1]:22"
        case .rangeInAddress:
            "ranges count in decimal and IPv6 addresses in hexadecimal: write each address out"
        case .textAfterAddress: "only a port can follow '[address]': write [fe80::1]:22"
        case .unclosedBracket: "'[' is never closed: add ']' (blanks are not allowed in between)"
        case .unopenedBracket: "']' without a '[' before it: add the '[' or remove the ']'"
        case .nestedBracket: "'[' inside brackets: close the first '[' before the second"
        case .emptyRange: "a number is missing in the brackets: write them as in [1-9,12]"
        case .unexpectedRangeCharacter(let sign):
            "'\(sign)' cannot stand in brackets: write numbers and ranges, as in [1-9,12]"
        case .numberTooLong(let digits):
            "the number has \(digits) digits: at most \(NumericRange.maximumDigits) are possible"
        case .descendingRange(let first, let last):
            "the range \(first)-\(last) counts down: write \(last)-\(first)"
        case .unevenPadding(let first, let last):
            "\(first)-\(last) mixes numbers with and without leading zeros: give both ends as many"
        case .stepWithoutRange: "a step needs a range: write it as in [0-10/2]"
        case .invalidStep: "a step of 0 never arrives: write 1 or more"
        case .beyondLimit(let name, let limit): name.message(limit)
        case .missingOperand(let sign):
            "nothing stands on one side of '\(sign)': add hosts, or a group, or remove the '\(sign)'"
        case .unclosedParenthesis: "'(' is never closed: add ')'"
        case .unopenedParenthesis: "')' without a '(' before it: add the '(' or remove the ')'"
        case .unclosedBrace: "'{' begins the name of a group that never ends: add '}'"
        case .emptyGroup: "the name of a group is missing after '@': write @web, @racks:r1 or @*"
        case .unclosedExpression: "'/' begins a regular expression that never ends: add '/'"
        case .faultyExpression(let message): "in the regular expression: \(message)"
        case .userOrPortOfMatch:
            "a pattern takes hosts as they are known: write it without user and port"
        }
    }
}

extension HostPatternFault.ReservedSign {
    /// What to write instead.
    fileprivate var advice: String {
        switch self {
        case .anyText: "patterns that match names are not supported, write the names or a range"
        case .exclusion: "hosts to leave out are named apart, with -x"
        case .intersection: "intersections are not supported, write the hosts with ',' in between"
        case .file: "a file is named by ^FILE in an argument, by #include FILE in a file"
        case .expression: "paths and regular expressions are not supported, write names or ranges"
        }
    }
}

extension HostLimits.Name {
    /// What is more than the limit allows, and how to raise it.
    fileprivate func message(_ limit: Int) -> String {
        let what =
            switch self {
            case .hosts: "more than \(limit) hosts"
            case .brackets: "more than \(limit) brackets in one name"
            case .nesting: "nested more than \(limit) deep"
            case .bytes: "more than \(limit) bytes"
            }
        return "\(what): --limit \(rawValue)=NUMBER allows more"
    }
}
