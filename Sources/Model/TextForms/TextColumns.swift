// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text filled up with spaces to a width in columns.
    package func padded(to width: Int, atEnd: Bool = true) -> String {
        let spaces = String(repeating: " ", count: max(0, width - count))
        return atEnd ? self + spaces : spaces + self
    }

    /// The text in the middle of a width.
    package func centered(in width: Int) -> String {
        let left = max(0, width - count) / 2
        return (String(repeating: " ", count: left) + self).padded(to: width)
    }

    /// The text up to its last character that is no space.
    package var withoutTrailingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }

    /// The words in lines no wider than a width, unless a word is.
    package func wrapped(to width: Int) -> [String] {
        split(separator: " ").map(String.init).wrapped(to: width)
    }
}

extension [String] {
    /// Words in lines no wider than a width, unless a word is; none is broken at its spaces.
    package func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        for word in self {
            if let line = lines.last, line.count + 1 + word.count <= width {
                lines[lines.count - 1] = line + " " + word
            } else {
                lines.append(word)
            }
        }
        return lines
    }
}
