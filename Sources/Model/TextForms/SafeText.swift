// SPDX-License-Identifier: Apache-2.0

/// Makes bytes visible that would command a terminal instead of showing text.
///
/// What a remote command prints can move the cursor, rename the window, or overwrite what another
/// host said. On a terminal, and in every message of our own, such bytes are written out in ASCII:
///
/// | bytes | become |
/// |---|---|
/// | C0 controls but tab, DEL | `\x1b` |
/// | C1 controls in UTF-8 | `\u009b` |
/// | bidirectional overrides, embeddings, isolates | `\u202e` |
/// | bytes that are not UTF-8 | `\xff` |
///
/// A backslash stays as it is: the text is for reading, not for turning back.
///
/// A value of this type works on bytes that come in pieces and keeps the up to three bytes of a
/// UTF-8 sequence whose end has not come.
package struct SafeText: Hashable, Sendable {
    private var held: [UInt8] = []

    package init() {}

    /// Appends the safe form of some bytes; a line feed stays a line feed.
    package mutating func append(_ bytes: ArraySlice<UInt8>, to text: inout [UInt8]) {
        guard !held.isEmpty else {
            appendWhole(bytes, to: &text)
            return
        }
        let joined = held + bytes
        held = []
        appendWhole(joined[...], to: &text)
    }

    /// Appends what was held back because its end had not come.
    package mutating func finish(to text: inout [UInt8]) {
        for byte in held { Self.escape(byte, to: &text) }
        held = []
    }

    /// The safe form of a text as part of one line: line feeds are made visible too.
    package static func line(_ text: String) -> String {
        var safe: [UInt8] = []
        var pass = SafeText()
        pass.append(Array(text.utf8)[...], to: &safe)
        pass.finish(to: &safe)
        guard safe.contains(UInt8(ascii: "\n")) else {
            return String(decoding: safe, as: UTF8.self)
        }
        return safe.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\\x0a")
    }

    private mutating func appendWhole(_ bytes: ArraySlice<UInt8>, to text: inout [UInt8]) {
        var shown = bytes.startIndex
        var place = bytes.startIndex
        while place < bytes.endIndex {
            let byte = bytes[place]
            if (0x20...0x7e).contains(byte) || byte == 0x09 || byte == 0x0a {
                place += 1
                continue
            }
            switch UTF8Sequence(in: bytes, at: place) {
            case .scalar(let scalar, let length):
                if Self.isHarmful(scalar) {
                    text.append(contentsOf: bytes[shown..<place])
                    Self.escape(scalar, to: &text)
                    shown = place + length
                }
                place += length
            case .invalid:
                text.append(contentsOf: bytes[shown..<place])
                Self.escape(byte, to: &text)
                place += 1
                shown = place
            case .incomplete:
                text.append(contentsOf: bytes[shown..<place])
                held = Array(bytes[place...])
                return
            }
        }
        text.append(contentsOf: bytes[shown...])
    }

    /// Whether a scalar commands a terminal, or makes it show text in another order.
    static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1f, 0x7f...0x9f, 0x202a...0x202e, 0x2066...0x2069: true
        case _: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar, to text: inout [UInt8]) {
        guard scalar.value > 0x7f else {
            escape(UInt8(truncatingIfNeeded: scalar.value), to: &text)
            return
        }
        text.append(contentsOf: "\\u".utf8)
        appendHexadecimal(scalar.value, digits: 4, to: &text)
    }

    private static func escape(_ byte: UInt8, to text: inout [UInt8]) {
        text.append(contentsOf: "\\x".utf8)
        appendHexadecimal(UInt32(byte), digits: 2, to: &text)
    }

    /// Appends the last digits of a number, in lower case.
    static func appendHexadecimal(_ value: UInt32, digits: Int, to text: inout [UInt8]) {
        let alphabet = Array("0123456789abcdef".utf8)
        for digit in stride(from: digits - 1, through: 0, by: -1) {
            text.append(alphabet[Int(value >> UInt32(4 * digit) & 0xf)])
        }
    }
}
