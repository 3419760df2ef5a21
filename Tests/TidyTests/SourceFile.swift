// SPDX-License-Identifier: Apache-2.0

/// One text of the tree, ready to be searched.
struct SourceFile {
    /// The path from the root of the tree, with `/`.
    let path: String
    let text: String
    /// The lines as they are.
    let lines: [Substring]
    /// The lines without comments and the contents of literals, as long as the lines.
    let code: [Substring]
    /// The lines, from 1, that hold a comment.
    let commentedLines: Set<Int>

    init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
        let lexer = SwiftLexer(text)
        lines = Self.lines(of: text)
        code = Self.lines(of: String(decoding: lexer.code, as: UTF8.self))
        commentedLines = lexer.commentedLines
    }

    /// The last component of the path.
    var name: Substring { path.split(separator: "/").last ?? "" }

    var isSwift: Bool { path.hasSuffix(".swift") }

    /// Where under `Sources/<shelf>/<target>/` the file lies, if there.
    var room: (shelf: String, target: String)? {
        let parts = path.split(separator: "/")
        guard parts.count > 3, parts[0] == "Sources" else { return nil }
        return (String(parts[1]), String(parts[2]))
    }

    /// Whether the file lies in this folder.
    func lies(in folder: String) -> Bool { path.hasPrefix(folder + "/") }

    /// A final newline ends a line; it does not begin one.
    private static func lines(of text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
