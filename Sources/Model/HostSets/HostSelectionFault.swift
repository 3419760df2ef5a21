// SPDX-License-Identifier: Apache-2.0

/// Why the hosts of a run could not be told from its arguments and files, and where.
public struct HostSelectionFault: Error, Hashable, Sendable {
    /// Where a faulty text comes from.
    public enum Origin: Hashable, Sendable {
        /// The argument of this option.
        case argument(option: String)
        /// A line, from 1, of a file or the standard input.
        case line(Int, of: HostListPath)
        /// A word, from 1, of what a group source has answered.
        case word(Int, of: HostGroupQuery)
    }

    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        /// A word is not a host pattern.
        case pattern(HostPatternFault.Reason)
        /// A file could not be read; the message of the error that was thrown.
        case unreadable(HostListPath, message: String)
        /// A file name is missing behind `^` or `#include`, is not UTF-8, or holds a NUL.
        case unusablePath
        /// A file includes itself; the files from the first to the one that closes the circle.
        case includeCycle([HostListPath])
        /// Files include files more than 16 deep.
        case includeTooDeep
        /// More than 10,000 files.
        case tooManyFiles
        /// `#include` behind something else on its line.
        case misplacedInclude
        /// The standard input is named a second time.
        case standardInputTaken
        /// A group could not be looked up; the message of the error that was thrown.
        case groupFailed(HostGroupQuery, message: String)
        /// A group names itself; the groups from the first to the one that closes the circle.
        case groupCycle([HostGroupQuery])
        /// A file is UTF-16.
        case notUTF8
        /// A file holds a NUL where a host should be.
        case nul
    }

    /// What is wrong.
    public var reason: Reason
    /// Where the faulty text comes from.
    public var origin: Origin
    /// Where in the argument or line: 1 is the first character.
    ///
    /// A character is a Unicode scalar, or a byte that is not UTF-8.
    public var column: Int
    /// The faulty text and, on a line of its own, a caret under the place.
    ///
    /// Control bytes and bytes that are not UTF-8 are spelled `\xNN`, and only the surroundings of
    /// the place are shown.
    public var excerpt: String

    init(_ reason: Reason, origin: Origin, line: ArraySlice<UInt8>, offset: Int) {
        self.reason = reason
        self.origin = origin
        column = FaultyText.column(of: offset, in: line)
        excerpt = FaultyText.excerpt(of: line, at: offset)
    }
}

extension HostSelectionFault: CustomStringConvertible {
    /// What a person is told: place and message, and below them the excerpt.
    ///
    /// The place is `file:line:column: ` or `-w: column N: `. Nothing in the text can disturb a
    /// terminal.
    public var description: String {
        let place =
            switch origin {
            case .argument(let option): "\(option): column \(column)"
            case .line(let line, let path): "\(path.visible):\(line):\(column)"
            case .word(let word, let query): "\(query.visible), word \(word): column \(column)"
            }
        let shown = excerpt.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "\n    " + $0 }.joined()
        return "\(place): \(reason.message)\(shown)"
    }
}

extension HostSelectionFault.Reason {
    /// What is wrong and what to do, in one line without the place.
    public var message: String {
        switch self {
        case .pattern(let reason): reason.message
        case .unreadable(let path, let message):
            "cannot read \(path.visible): \(FaultyText.visible(Array(message.utf8)[...]))"
        case .unusablePath: "a file name is missing, or is not UTF-8: write ^FILE or #include FILE"
        case .includeCycle(let paths):
            "the files include each other in a circle: "
                + paths.map(\.visible).joined(separator: " → ")
        case .includeTooDeep:
            "files include files more than \(HostSelection.maximumIncludeDepth) deep"
        case .tooManyFiles: "more than \(HostSelection.maximumFileCount) files are read"
        case .misplacedInclude: "'#include' must be the first word of its line"
        case .standardInputTaken: "the standard input is already read: name '-' only once"
        case .groupFailed(let query, let message):
            "\(query.visible): \(FaultyText.visible(Array(message.utf8)[...]))"
        case .groupCycle(let queries):
            "the groups name each other in a circle: "
                + queries.map(\.visible).joined(separator: " → ")
        case .notUTF8: "the file is UTF-16: save it as UTF-8"
        case .nul: "a NUL byte: this is not a text file, or its names are not separated by newlines"
        }
    }
}

extension HostListPath {
    /// The path with everything made harmless that could disturb a terminal.
    fileprivate var visible: String { FaultyText.visible(Array(description.utf8)[...]) }
}

extension HostGroupQuery {
    /// The query with everything made harmless that could disturb a terminal.
    fileprivate var visible: String { FaultyText.visible(Array(description.utf8)[...]) }
}
