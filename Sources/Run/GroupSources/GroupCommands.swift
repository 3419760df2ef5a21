// SPDX-License-Identifier: Apache-2.0

import LocalCommands
import NodeSets

/// A source whose answers are the output of shell commands.
///
/// The commands find what they are asked in their environment, as `$GROUP`, `$NODE` and `$SOURCE`:
/// no name can become a part of the command. Answers are kept, also between runs, for as long as the
/// source says.
struct GroupCommands: Sendable {
    var commands: [NodeGroupSource.Call: String]
    /// Where the commands run, and what `$CFGDIR` is.
    var folder: String
    /// How long an answer is good for, in seconds; 0 for one run only.
    var secondsToLive: Int
    /// How long a command may take, in milliseconds.
    var milliseconds: Int
    /// Where answers are kept.
    var cacheFolder: String?
    private let answers = Answers()

    /// The answers of this run.
    private final class Answers: @unchecked Sendable {
        // Sources are asked by one thread, before anything is contacted.
        var known: [String: [String]] = [:]
    }

    init(
        _ commands: [NodeGroupSource.Call: String], folder: String, secondsToLive: Int,
        milliseconds: Int, cacheFolder: String?
    ) {
        self.commands = commands
        self.folder = folder
        self.secondsToLive = secondsToLive
        self.milliseconds = milliseconds
        self.cacheFolder = cacheFolder
    }

    func has(_ call: NodeGroupSource.Call) -> Bool { commands[call] != nil }

    /// The words a command answers with.
    func answer(
        _ call: NodeGroupSource.Call, _ argument: String, for source: String
    ) throws(GroupFailure) -> [String] {
        guard let command = commands[call] else {
            throw GroupFailure("source \(source) has no command '\(call.rawValue)'")
        }
        let key = [source, call.rawValue, argument, folder, command].joined(separator: "\0")
        if let known = answers.known[key] { return known }
        if let kept = kept(key) {
            answers.known[key] = kept
            return kept
        }
        var environment = ["SOURCE": source, "CFGDIR": folder]
        switch call {
        case .map: environment["GROUP"] = argument
        case .reverse: environment["NODE"] = argument
        case .all, .list: break
        }
        let output: [UInt8]
        do throws(ShellCommand.Failure) {
            output = try ShellCommand.output(
                of: command, in: folder, environment: environment, milliseconds: milliseconds)
        } catch {
            let asked = argument.isEmpty ? "" : " of '\(argument)'"
            throw GroupFailure("source \(source): the command '\(call.rawValue)'\(asked): \(error)")
        }
        let words = String(decoding: output, as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).map(String.init)
        answers.known[key] = words
        keep(words, key)
        return words
    }

    private func path(_ key: String) -> String? {
        guard let cacheFolder, secondsToLive > 0 else { return nil }
        // FNV-1a; the key itself stands in the file.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "\(cacheFolder)/\(String(hash, radix: 16))"
    }

    private func kept(_ key: String) -> [String]? {
        guard let path = path(key), let stamp = LocalFiles.stamp(of: path),
            (0..<secondsToLive).contains(LocalFiles.secondsNow() - stamp.seconds),
            let text = LocalFiles.text(path)
        else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let head = key.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.starts(with: head) else { return nil }
        return lines.dropFirst(head.count).filter { !$0.isEmpty }
    }

    private func keep(_ words: [String], _ key: String) {
        guard let cacheFolder, let path = path(key) else { return }
        LocalFiles.makeFolder(cacheFolder)
        // An answer that cannot be kept is asked for again.
        _ = LocalFiles.replace(path, with: Array(([key] + words).joined(separator: "\n").utf8))
    }
}
