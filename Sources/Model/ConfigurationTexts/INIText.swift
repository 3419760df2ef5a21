// SPDX-License-Identifier: Apache-2.0

/// Sections of options, the way ClusterShell's configuration is read.
///
/// Options are `name: value` or `name = value`, their names in small letters; a value goes on in
/// lines that stand further in; lines that begin with `#` or `;` are comments.
package struct INIText: Hashable, Sendable {
    /// The options of each section, in order.
    package private(set) var sections: [(name: String, options: [String: String])] = []

    package init() {}

    package subscript(section: String) -> [String: String]? {
        sections.first { $0.name == section }?.options
    }

    /// Why a text cannot be read, in the words of the parser that ClusterShell uses.
    package struct Fault: Error, Hashable, Sendable {
        package var message: String
    }

    /// Adds what a file says; a later file changes options of an earlier one.
    package mutating func read(_ text: String, from file: String) throws(Fault) {
        var section: Int?
        var option: String?
        var optionIndent = 0
        var seenSections: Set<String> = []
        var seenOptions: Set<String> = []
        var broken: [String] = []
        var pendingLines = 0
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let value = Self.stripped(line)
            if value.isEmpty || value.hasPrefix("#") || value.hasPrefix(";") {
                // An empty line may stand inside a value, a comment leaves nothing of it.
                if value.isEmpty, option != nil { pendingLines += 1 }
                continue
            }
            let indent = line.prefix { $0 == " " || $0 == "\t" }.count
            if let section, let option, indent > optionIndent {
                let gap = String(repeating: "\n", count: pendingLines + 1)
                sections[section].options[option, default: ""] += gap + value
                pendingLines = 0
                continue
            }
            pendingLines = 0
            if value.hasPrefix("["), let end = value.lastIndex(of: "]"), end > value.startIndex {
                let name = String(value[value.index(after: value.startIndex)..<end])
                guard seenSections.insert(name).inserted else {
                    throw Fault(
                        message: "While reading from '\(file)' [line \(pad(index + 1))]: section "
                            + "'\(name)' already exists")
                }
                seenOptions = []
                option = nil
                optionIndent = indent
                if let known = sections.firstIndex(where: { $0.name == name }) {
                    section = known
                } else {
                    section = sections.count
                    sections.append((name, [:]))
                }
                continue
            }
            guard let section else {
                throw Fault(
                    message: "File contains no section headers.\nfile: '\(file)', line: "
                        + "\(index + 1)\n'\(line)\\n'")
            }
            guard let sign = value.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                broken.append("\n\t[line \(pad(index + 1))]: '\(line)\\n'")
                continue
            }
            let name = Self.stripped(value[..<sign]).lowercased()
            guard seenOptions.insert(name).inserted else {
                throw Fault(
                    message: "While reading from '\(file)' [line \(pad(index + 1))]: option "
                        + "'\(name)' in section '\(sections[section].name)' already exists")
            }
            option = name
            optionIndent = indent
            sections[section].options[name] = Self.stripped(value[value.index(after: sign)...])
        }
        guard broken.isEmpty else {
            throw Fault(
                message: "Source contains parsing errors: '\(file)'" + broken.joined())
        }
    }

    private func pad(_ number: Int) -> String { number < 10 ? " \(number)" : "\(number)" }

    private static func stripped(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    package static func == (left: INIText, right: INIText) -> Bool {
        left.sections.map(\.name) == right.sections.map(\.name)
            && left.sections.map(\.options) == right.sections.map(\.options)
    }

    package func hash(into hasher: inout Hasher) {
        for section in sections {
            hasher.combine(section.name)
            hasher.combine(section.options)
        }
    }
}
