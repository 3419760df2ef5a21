// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
package import SystemPackage

/// Asks a person for a secret.
///
/// Every call blocks until there is an answer.
///
/// The answer goes nowhere but to the caller: not into arguments, the environment, or a file.
package enum SecretPrompt {
    /// The terminal that shows nothing now, and how it was before.
    private static let changed = Mutex<(terminal: Int32, before: termios)?>(nil)

    /// Makes the terminal show what is typed again, when the process ends before the answer came.
    package static func restoreTerminal() {
        guard var shown = changed.withLock({ $0.take() }) else { return }
        tcsetattr(shown.terminal, TCSAFLUSH, &shown.before)
    }

    /// The most bytes a secret may have.
    private static let longest = 4096

    /// Whether there is a terminal to ask on.
    package static var hasTerminal: Bool {
        let terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return false }
        _ = close(terminal)
        return true
    }

    /// Asks on the terminal, which shows nothing of what is typed.
    ///
    /// Returns `nil` when there is no terminal, or the person typed the end of input.
    package static func onTerminal(_ prompt: String) -> String? {
        let terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { _ = close(terminal) }
        var before = termios()
        guard tcgetattr(terminal, &before) == 0 else { return nil }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO | ECHOE | ECHOK)
        silent.c_lflag |= tcflag_t(ECHONL)
        changed.withLock { $0 = (terminal, before) }
        tcsetattr(terminal, TCSAFLUSH, &silent)
        defer { restoreTerminal() }
        let shown = Array(prompt.utf8)
        _ = write(terminal, shown, shown.count)
        return line(from: terminal)
    }

    /// Asks a program, as ssh(1) asks that of `SSH_ASKPASS`: the prompt is its argument, its first
    /// line the answer.
    ///
    /// Returns `nil` when it cannot be started, or ends with another code than 0.
    package static func byProgram(_ program: String, _ prompt: String) -> String? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { _ = close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var words: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup(prompt), nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let code = posix_spawnp(&child, program, &actions, nil, &words, environ)
        _ = close(ends[1])
        guard code == 0 else { return nil }
        let answer = line(from: ends[0])
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status == 0 ? answer : nil
    }

    /// Reads the first line of a descriptor, which is left open.
    package static func line(from descriptor: FileDescriptor) -> String? {
        line(from: descriptor.rawValue)
    }

    private static func line(from descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count < longest {
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return bytes.isEmpty ? nil : text(&bytes) }
            if byte == UInt8(ascii: "\n") { return text(&bytes) }
            bytes.append(byte)
        }
        return nil
    }

    private static func text(_ bytes: inout [UInt8]) -> String {
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        defer { for index in bytes.indices { bytes[index] = 0 } }
        return String(decoding: bytes, as: UTF8.self)
    }
}
