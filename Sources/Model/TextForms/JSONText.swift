// SPDX-License-Identifier: Apache-2.0

/// Writes one JSON object (RFC 8259) on one line, member by member, in pure text.
///
/// Control characters, U+2028 and U+2029 (line ends to some readers) and characters that change the
/// direction of text are escaped, so that a line is one line and safe on a terminal.
package struct JSONText {
    package private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    package init() {}

    package mutating func member(_ name: String, _ value: String) {
        self.name(name)
        append(string: Array(value.utf8)[...])
    }

    package mutating func member(_ name: String, _ value: Int) {
        member(name, number: String(value))
    }

    /// Writes a number that is spelled out already.
    package mutating func member(_ name: String, number: String) {
        self.name(name)
        bytes.append(contentsOf: number.utf8)
    }

    /// Writes bytes that are UTF-8 as a string.
    package mutating func member(_ name: String, text: ArraySlice<UInt8>) {
        self.name(name)
        append(string: text)
    }

    package mutating func member(_ name: String, _ value: Bool) {
        member(name, number: value ? "true" : "false")
    }

    package mutating func member(_ name: String, _ values: [String]) {
        self.name(name)
        append(strings: values)
    }

    /// Writes a string, or `null`.
    package mutating func member(_ name: String, orNull value: String?) {
        if let value { member(name, value) } else { member(name, number: "null") }
    }

    /// Writes an array of arrays of strings.
    package mutating func member(_ name: String, _ values: [[String]]) {
        self.name(name)
        bytes.append(UInt8(ascii: "["))
        for (place, value) in values.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            append(strings: value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    package mutating func member(_ name: String, _ value: JSONText) {
        self.name(name)
        bytes.append(contentsOf: value.bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    package mutating func member(_ name: String, _ values: [JSONText]) {
        self.name(name)
        bytes.append(UInt8(ascii: "["))
        for (place, value) in values.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: value.bytes)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Ends the object and the line.
    package consuming func line() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private mutating func name(_ name: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        append(string: Array(name.utf8)[...])
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func append(strings: [String]) {
        bytes.append(UInt8(ascii: "["))
        for (place, value) in strings.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            append(string: Array(value.utf8)[...])
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func append(string: ArraySlice<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var copied = string.startIndex
        var place = string.startIndex
        while place < string.endIndex {
            let byte = string[place]
            // 0xc2 leads the C1 controls, 0xe2 the separators and direction characters.
            let isPlain = byte >= 0x20 && byte != 0x22 && byte != 0x5c && byte != 0x7f
            if isPlain, byte != 0xc2, byte != 0xe2 {
                place += 1
                continue
            }
            guard case .scalar(let scalar, let length) = UTF8Sequence(in: string, at: place),
                Self.mustEscape(scalar)
            else {
                place += 1
                continue
            }
            bytes.append(contentsOf: string[copied..<place])
            append(escaped: scalar)
            place += length
            copied = place
        }
        bytes.append(contentsOf: string[copied...])
        bytes.append(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "\\", "\u{2028}", "\u{2029}": true
        case _: SafeText.isHarmful(scalar)
        }
    }

    private mutating func append(escaped scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": bytes.append(contentsOf: "\\\"".utf8)
        case "\\": bytes.append(contentsOf: "\\\\".utf8)
        case "\n": bytes.append(contentsOf: "\\n".utf8)
        case "\r": bytes.append(contentsOf: "\\r".utf8)
        case "\t": bytes.append(contentsOf: "\\t".utf8)
        case _:
            bytes.append(contentsOf: "\\u".utf8)
            SafeText.appendHexadecimal(scalar.value, digits: 4, to: &bytes)
        }
    }
}
