// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text filled up with spaces to a width in columns.
    func padded(to width: Int, atEnd: Bool = true) -> String {
        let spaces = String(repeating: " ", count: max(0, width - count))
        return atEnd ? self + spaces : spaces + self
    }

    /// The text in the middle of a width.
    func centered(in width: Int) -> String {
        let left = max(0, width - count) / 2
        return (String(repeating: " ", count: left) + self).padded(to: width)
    }

    var withoutTrailingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }

    /// The words in lines no wider than a width, unless a word is.
    func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
