// SPDX-License-Identifier: Apache-2.0

/// Formats and escapes as ClusterShell's own language has them.
enum FormatText {
    /// What is written in place of a conversion.
    enum Value {
        case text(String)
        case number(Int)

        var description: String {
            switch self {
            case .text(let text): text
            case .number(let number): String(number)
            }
        }
    }

    /// `format % value`.
    static func filled(_ format: String, _ value: Value) throws(NodesetFailure) -> String {
        if format == "%s" { return value.description }
        var result = ""
        var rest = Substring(format)
        var place = 0
        var isUsed = false
        while let sign = rest.popFirst() {
            place += 1
            guard sign == "%" else {
                result.append(sign)
                continue
            }
            var flags = ""
            while let flag = rest.first, "-+ #0".contains(flag) {
                flags.append(flag)
                rest.removeFirst()
                place += 1
            }
            var width = ""
            while let digit = rest.first, "0123456789".contains(digit) {
                width.append(digit)
                rest.removeFirst()
                place += 1
            }
            var precision: Int?
            if rest.first == "." {
                rest.removeFirst()
                place += 1
                var digits = ""
                while let digit = rest.first, "0123456789".contains(digit) {
                    digits.append(digit)
                    rest.removeFirst()
                    place += 1
                }
                precision = Int(digits) ?? 0
            }
            guard let kind = rest.popFirst() else { throw .value("incomplete format") }
            place += 1
            if kind == "%" {
                result.append("%")
                continue
            }
            guard !isUsed else { throw .type("not enough arguments for format string") }
            isUsed = true
            var text = try converted(value, kind, precision, at: place - 1)
            if flags.contains("+"), case .number(let number) = value, kind != "s", number >= 0 {
                text = "+" + text
            }
            let missing = max(0, (Int(width) ?? 0) - text.count)
            if flags.contains("-") {
                text += String(repeating: " ", count: missing)
            } else if flags.contains("0"), case .number = value, kind != "s", kind != "r" {
                text = String(repeating: "0", count: missing) + text
            } else {
                text = String(repeating: " ", count: missing) + text
            }
            result += text
        }
        guard isUsed else {
            throw .type("not all arguments converted during string formatting")
        }
        return result
    }

    private static func converted(
        _ value: Value, _ kind: Character, _ precision: Int?, at place: Int
    ) throws(NodesetFailure) -> String {
        switch kind {
        case "s": return String(value.description.prefix(precision ?? Int.max))
        case "r", "a":
            guard case .text(let text) = value else { return value.description }
            return String(PlainText.quoted(text).prefix(precision ?? Int.max))
        case "d", "i", "u":
            guard case .number(let number) = value else {
                throw .type("%\(kind) format: a real number is required, not str")
            }
            return String(number)
        case "x", "X", "o":
            guard case .number(let number) = value else {
                throw .type("%\(kind) format: an integer is required, not str")
            }
            return String(number, radix: kind == "o" ? 8 : 16, uppercase: kind == "X")
        case "c":
            if case .text(let text) = value {
                guard text.unicodeScalars.count == 1 else {
                    throw .type("%c requires int or char")
                }
                return text
            }
            return value.description
        case "e", "E", "f", "F", "g", "G":
            throw .type("must be real number, not str")
        case _:
            let code = kind.unicodeScalars.first.map { String($0.value, radix: 16) } ?? "0"
            throw .value("unsupported format character '\(kind)' (0x\(code)) at index \(place)")
        }
    }

    /// A text with its escapes read, as between three single quotes; `nil` when that is no text.
    static func unescaped(_ text: String) -> String? {
        var result = String.UnicodeScalarView()
        var rest = Substring(text).unicodeScalars
        var quotes = 0
        func hexadecimal(_ count: Int) -> Unicode.Scalar? {
            let digits = rest.prefix(count)
            guard digits.count == count,
                digits.allSatisfy({ $0.isASCII && $0.properties.isHexDigit })
            else {
                return nil
            }
            rest.removeFirst(count)
            return UInt32(String(digits), radix: 16).flatMap(Unicode.Scalar.init)
        }
        while let scalar = rest.popFirst() {
            guard scalar == "\\" else {
                quotes = scalar == "'" ? quotes + 1 : 0
                if quotes == 3 { return nil }
                result.append(scalar)
                continue
            }
            quotes = 0
            guard let kind = rest.popFirst() else { return nil }
            switch kind {
            case "\n": break
            case "\\", "'", "\"": result.append(kind)
            case "a": result.append("\u{07}")
            case "b": result.append("\u{08}")
            case "f": result.append("\u{0C}")
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "t": result.append("\t")
            case "v": result.append("\u{0B}")
            case "x", "u", "U":
                guard let scalar = hexadecimal(kind == "x" ? 2 : kind == "u" ? 4 : 8) else {
                    return nil
                }
                result.append(scalar)
            case "0"..."7":
                var digits = String(kind)
                while digits.count < 3, let next = rest.first, "0"..."7" ~= next {
                    digits.unicodeScalars.append(next)
                    rest.removeFirst()
                }
                if let scalar = UInt32(digits, radix: 8).flatMap(Unicode.Scalar.init) {
                    result.append(scalar)
                }
            case _:
                result.append("\\")
                result.append(kind)
            }
        }
        // A quote at the end would be read as the first of the three that end the text.
        return quotes > 0 ? nil : String(result)
    }
}
