// SPDX-License-Identifier: Apache-2.0

/// A command line as the fleet's hosts understand it: a little of what a shell does, without one.
///
/// Words with quotes and backslashes; `;`, `&&` and `||`; `>&2` behind a command. Nothing is
/// expanded.
struct FleetScript: Hashable {
    /// When a command runs, from the status of the one before it.
    enum Condition: Hashable {
        case always
        case afterSuccess
        case afterFailure
    }

    struct Command: Hashable {
        var condition: Condition
        var words: [String]
        var goesToStandardError = false
    }

    private(set) var commands: [Command] = []

    init(_ line: String) {
        var reader = Reader(line)
        while let command = reader.next() { commands.append(command) }
    }

    private struct Reader {
        private let characters: [Unicode.Scalar]
        private var position = 0
        private var condition = Condition.always

        init(_ line: String) { characters = Array(line.unicodeScalars) }

        private var current: Unicode.Scalar? {
            position < characters.count ? characters[position] : nil
        }

        /// Reads the next command with words.
        mutating func next() -> Command? {
            while position < characters.count {
                var command = Command(condition: condition, words: [])
                while let word = word() {
                    if word == ">&2" || word == "1>&2" {
                        command.goesToStandardError = true
                    } else {
                        command.words.append(word)
                    }
                }
                separator()
                if !command.words.isEmpty { return command }
            }
            return nil
        }

        private mutating func separator() {
            condition = .always
            guard let first = current else { return }
            position += 1
            if first == "&" || first == "|", current == first {
                position += 1
                condition = first == "&" ? .afterSuccess : .afterFailure
            }
        }

        /// Reads a word, or `nil` before a separator and at the end.
        private mutating func word() -> String? {
            while current == " " || current == "\t" { position += 1 }
            var word = ""
            var isWord = false
            var quote: Unicode.Scalar?
            while let character = current {
                if quote == nil, " \t".unicodeScalars.contains(character) { break }
                // `>&2` is a word, not a command in the background.
                if quote == nil, ";\n&|".unicodeScalars.contains(character), !word.hasSuffix(">") {
                    break
                }
                position += 1
                isWord = true
                if character == quote {
                    quote = nil
                } else if quote == nil, character == "'" || character == "\"" {
                    quote = character
                } else if character == "\\", quote != "'", let next = current {
                    // Within double quotes it stands before these only (POSIX.1-2017, 2.2.3).
                    if quote == "\"", !"\"\\$`".unicodeScalars.contains(next) {
                        word.unicodeScalars.append(character)
                    }
                    word.unicodeScalars.append(next)
                    position += 1
                } else {
                    word.unicodeScalars.append(character)
                }
            }
            return isWord ? word : nil
        }
    }
}
