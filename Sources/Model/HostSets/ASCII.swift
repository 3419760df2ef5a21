// SPDX-License-Identifier: Apache-2.0

/// The ASCII bytes host patterns are made of, by class.
extension UInt8 {
    var isASCIIDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    var isASCIIHexDigit: Bool {
        isASCIIDigit || UInt8(ascii: "a")...UInt8(ascii: "f") ~= self
            || UInt8(ascii: "A")...UInt8(ascii: "F") ~= self
    }

    /// A letter, a digit, `.`, `-` or `_`: what names, users and zones are made of.
    var isNameByte: Bool {
        isASCIIDigit || UInt8(ascii: "a")...UInt8(ascii: "z") ~= self
            || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self
            || self == UInt8(ascii: "-") || self == UInt8(ascii: ".") || self == UInt8(ascii: "_")
    }

    /// A byte of a remote user's name: a name byte, or `+`.
    var isUserByte: Bool { isNameByte || self == UInt8(ascii: "+") }

    var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }

    /// An operator between sets, a parenthesis or a blank: what ends a name in an expression.
    var endsOperand: Bool {
        switch self {
        case UInt8(ascii: ","), UInt8(ascii: "!"), UInt8(ascii: "&"), UInt8(ascii: "^"),
            UInt8(ascii: "("), UInt8(ascii: ")"):
            true
        case _: isBlank
        }
    }
}
