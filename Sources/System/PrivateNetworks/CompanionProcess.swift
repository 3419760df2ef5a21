// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SystemPackage

/// A command that runs beside this process, in the namespaces of the thread that started it, and
/// never outlives it.
package enum CompanionProcess {
    /// How many files a process may have open: what counts, and how far it may raise that.
    package struct FileLimit: Hashable, Sendable {
        package var soft: UInt64
        package var hard: UInt64

        package init(soft: UInt64, hard: UInt64) {
            self.soft = soft
            self.hard = hard
        }

        /// That of this process.
        package static var current: FileLimit {
            var limit = rlimit()
            _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            return FileLimit(soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
        }
    }

    /// Runs a command to its end, with more variables in its environment; blocks this thread.
    ///
    /// What the keyboard's signals mean is the command's to say from now on.
    ///
    /// - Returns: its exit status, 128 + n when signal n ended it.
    package static func run(
        _ words: [String], adding variables: [(name: String, value: String)],
        fileLimit: FileLimit
    ) throws(PrivateNetworkError) -> Int32 {
        precondition(!words.isEmpty, "a command has a name")
        let names = Set(variables.map { $0.name + "=" })
        let inherited = environmentWords.filter { word in
            !names.contains { word.hasPrefix($0) }
        }
        let environment = inherited + variables.map { "\($0.name)=\($0.value)" }
        lastcall_ignore_keyboard()
        let process = try withWords(words) { arguments throws(PrivateNetworkError) in
            try withWords(environment) { environment throws(PrivateNetworkError) in
                try systemCall("run '\(words[0])'") {
                    lastcall_start_companion(
                        arguments, environment, fileLimit.soft, fileLimit.hard)
                }
            }
        }
        return try systemCall("wait for '\(words[0])'") { lastcall_await_process(process) }
    }

    private static var environmentWords: [String] {
        var words: [String] = []
        var next = environ
        while let word = next.pointee {
            words.append(String(cString: word))
            next += 1
        }
        return words
    }

    /// An array of C strings with a null pointer at its end.
    private static func withWords<Result>(
        _ words: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) throws(PrivateNetworkError) -> Result
    ) throws(PrivateNetworkError) -> Result {
        let copies = words.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return try body(copies + [nil])
    }
}
