// SPDX-License-Identifier: Apache-2.0

/// ssh's configuration, read once and asked for each host: the semantics of `ssh -G`
/// (ssh_config(5), readconf.c of OpenSSH 9.2).
///
/// Theory of operation. Options count first, then the user's file, then the system's; the first
/// value of a keyword counts. `Host` looks at the name that was given, `Match host` at what
/// `HostName` has made of it so far. A `Match final` that is met makes everything be read a second
/// time, with all values so far in force. Files are split into directives once.
package struct ClientConfiguration: Sendable {
    /// What is asked.
    package struct Question: Hashable, Sendable {
        /// The name as it was given.
        package var host: String
        /// The user that was given, if any; counts before all files.
        package var user: String?
        /// The port that was given, if any.
        package var port: Int?

        package init(host: String, user: String? = nil, port: Int? = nil) {
            self.host = host
            self.user = user
            self.port = port
        }
    }

    /// One file, and the directory that its relative includes are in.
    package struct File: Hashable, Sendable {
        package var path: String
        package var directory: String

        package init(path: String, directory: String) {
            self.path = path
            self.directory = directory
        }
    }

    /// Options that count before all files, as `-o` takes them.
    package var options: [ConfigurationLine]
    package var files: [File]
    package var localUser: String
    package var home: String

    /// Includes nest so deep and no deeper (readconf.c).
    private static let deepestInclude = 16

    private let read: @Sendable (String) -> [ConfigurationLine]
    private let expand: @Sendable (String) -> [String]

    /// Makes the configuration of one run.
    ///
    /// `read` gives the directives of a file, none if it does not exist; `expand` the paths that
    /// match a pattern of glob(7), sorted.
    package init(
        options: [ConfigurationLine] = [], files: [File], localUser: String, home: String,
        reading read: @escaping @Sendable (String) -> [ConfigurationLine],
        expanding expand: @escaping @Sendable (String) -> [String]
    ) {
        self.options = options
        self.files = files
        self.localUser = localUser
        self.home = home
        self.read = read
        self.expand = expand
    }

    /// What the configuration says of a host.
    package func values(for question: Question) -> HostConfiguration {
        var pass = Pass(question: question, configuration: self)
        if let user = question.user { pass.result.take("user", [user]) }
        if let port = question.port { pass.result.take("port", ["\(port)"]) }
        pass.readAll()
        if pass.mustReadAgain {
            pass.isFinal = true
            pass.readAll()
        }
        return pass.result
    }

    /// One reading of everything, for one host.
    private struct Pass {
        let question: Question
        let configuration: ClientConfiguration
        var result = HostConfiguration()
        var isFinal = false
        var mustReadAgain = false

        mutating func readAll() {
            var isActive = true
            for line in configuration.options {
                take(line, isActive: &isActive, mayMatch: true, directory: "", depth: 0)
            }
            for file in configuration.files {
                read(file.path, directory: file.directory, isActive: true, depth: 0)
            }
        }

        private mutating func read(_ path: String, directory: String, isActive: Bool, depth: Int) {
            guard depth <= deepestInclude else {
                return result.needsOpenSSH("Include nested too deep")
            }
            // What is included where nothing counts, counts nowhere.
            let mayMatch = isActive
            var isActive = isActive
            for line in configuration.read(path) {
                take(
                    line, isActive: &isActive, mayMatch: mayMatch, directory: directory,
                    depth: depth)
            }
        }

        private mutating func take(
            _ line: ConfigurationLine, isActive: inout Bool, mayMatch: Bool, directory: String,
            depth: Int
        ) {
            switch line.keyword {
            case "host":
                isActive = mayMatch && matches(hosts: line.words)
            case "match":
                let isMatch = matches(line)
                isActive = mayMatch && isMatch
            case "include":
                for word in line.words {
                    guard let pattern = path(of: word, in: directory) else {
                        if isActive { result.needsOpenSSH("Include \(word)") }
                        continue
                    }
                    for path in configuration.expand(pattern) {
                        read(path, directory: directory, isActive: isActive, depth: depth + 1)
                    }
                }
            case let keyword where isActive:
                guard !line.words.isEmpty else {
                    return result.needsOpenSSH("\(keyword) without a value")
                }
                // Commands are taken as they stand there.
                let isCommand = [
                    "proxycommand", "localcommand", "remotecommand",
                    "knownhostscommand",
                ]
                .contains(keyword)
                result.take(keyword, isCommand ? [line.rest] : line.words)
            case _: break
            }
        }

        /// An included path, or `nil` where only ssh(1) knows (`~user`).
        private func path(of word: String, in directory: String) -> String? {
            if word.hasPrefix("~/") { return configuration.home + word.dropFirst(1) }
            if word.hasPrefix("~") { return nil }
            return word.hasPrefix("/") ? word : "\(directory)/\(word)"
        }

        private func matches(hosts patterns: [String]) -> Bool {
            SSHPattern.list(patterns.map { Array($0.utf8)[...] }, takes: Array(question.host.utf8))
        }

        // MARK: Match

        /// The name as `HostName` has made it so far.
        private var hostName: String {
            guard let name = result.first("hostname") else { return question.host }
            return ConfigurationTokens.replace(name, ["h": question.host]) ?? name
        }

        private mutating func matches(_ line: ConfigurationLine) -> Bool {
            var words = line.words[...]
            var isMatch = true
            while let word = words.popFirst() {
                let isNegated = word.hasPrefix("!")
                let condition = (isNegated ? String(word.dropFirst()) : word).lowercased()
                switch condition {
                case "all": continue
                case "canonical", "final":
                    if condition == "final", !isNegated { mustReadAgain = true }
                    // Names are never made canonical here: `canonical` counts in the second reading.
                    if isFinal == isNegated { isMatch = false }
                    continue
                case _: break
                }
                guard let value = words.popFirst() else {
                    result.needsOpenSSH("Match \(word)")
                    return false
                }
                let subject: String
                switch condition {
                case "host": subject = hostName
                case "originalhost": subject = question.host
                case "user": subject = result.first("user") ?? configuration.localUser
                case "localuser": subject = configuration.localUser
                case "exec":
                    // Only when all before it has matched does ssh(1) run it.
                    if isMatch { result.needsOpenSSH("Match exec") }
                    isMatch = false
                    continue
                case _:
                    result.needsOpenSSH("Match \(condition)")
                    return false
                }
                let patterns = value.split(separator: ",").map { Array($0.utf8)[...] }
                let isTaken = SSHPattern.list(patterns, takes: Array(subject.utf8))
                if isTaken == isNegated { isMatch = false }
            }
            return isMatch
        }
    }
}

/// The `%` tokens of ssh_config(5).
package enum ConfigurationTokens {
    /// Replaces `%x` by what stands for `x`; `nil` when a token is not known.
    package static func replace(_ text: String, _ tokens: [Character: String]) -> String? {
        guard text.contains("%") else { return text }
        var result = ""
        var characters = text.makeIterator()
        while let character = characters.next() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            guard let token = characters.next() else { return nil }
            if token == "%" {
                result.append("%")
            } else if let value = tokens[token] {
                result += value
            } else {
                return nil
            }
        }
        return result
    }
}
