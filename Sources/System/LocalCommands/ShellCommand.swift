// SPDX-License-Identifier: Apache-2.0

import Glibc
package import SystemPackage

/// A short command of the shell whose output is wanted, as group sources have them.
///
/// The caller waits. A command that takes too long is killed together with everything it started in
/// its process group.
package enum ShellCommand {
    /// Why there is no output.
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case system(Errno)
        /// The exit status, or 128 and the number of the signal.
        case ended(status: Int32)
        /// It did not end in time; the limit in milliseconds.
        case tooSlow(milliseconds: Int)
        /// It wrote more than this many bytes.
        case tooLong(limit: Int)

        package var description: String {
            switch self {
            case .system(let code): "\(code)"
            case .ended(let status): "it ended with status \(status)"
            case .tooSlow(let limit):
                "it did not end within \(Double(limit) / 1000) seconds"
            case .tooLong(let limit): "it wrote more than \(limit) bytes"
            }
        }
    }

    /// The standard output of `sh -c command`, run in a folder; standard error is this process's.
    ///
    /// What stands in `environment` is added to this process's.
    package static func output(
        of command: String, in folder: String? = nil, readsInput: Bool = false,
        environment: [String: String] = [:], milliseconds: Int? = nil, limit: Int = 256 << 20
    ) throws(Failure) -> [UInt8] {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw .system(Errno(rawValue: errno)) }
        let (reading, writing) = (ends[0], ends[1])
        // No other child may hold the writing end, or the output would never end.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(reading) }
        let process: pid_t
        do throws(Failure) {
            process = try start(
                command, folder, writing, readsInput, environment, ownGroup: milliseconds != nil)
        } catch {
            close(writing)
            throw error
        }
        close(writing)
        let deadline = milliseconds.map { now() + $0 }
        do throws(Failure) {
            let output = try read(reading, until: deadline, milliseconds ?? 0, limit)
            let status = try wait(for: process, until: deadline, milliseconds ?? 0)
            guard status == 0 else { throw .ended(status: status) }
            return output
        } catch {
            if case .ended = error { throw error }
            kill(milliseconds == nil ? process : -process, SIGKILL)
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            throw error
        }
    }

    private static func start(
        _ command: String, _ folder: String?, _ output: Int32, _ readsInput: Bool,
        _ environment: [String: String], ownGroup: Bool
    ) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        if !readsInput { posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What this process ignores or blocks is no business of the command.
        var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        if ownGroup {
            flags |= POSIX_SPAWN_SETPGROUP
            posix_spawnattr_setpgroup(&attributes, 0)
        }
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var arguments = ["sh", "-c", command]
        if let folder {
            let inFolder = #"cd -- "$1" || exit 127; exec /bin/sh -c "$2""#
            arguments = ["sh", "-c", inFolder, "sh", folder, command]
        }
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { word in strdup(word) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") }
        let own = variables.count
        defer { for variable in variables[..<own] { free(variable) } }
        var inherited = environ
        while let variable = inherited.pointee {
            let name = String(cString: variable).prefix { $0 != "=" }
            if environment[String(name)] == nil { variables.append(variable) }
            inherited += 1
        }
        variables.append(nil)
        var process: pid_t = 0
        let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, words, variables)
        guard code == 0 else { throw .system(Errno(rawValue: code)) }
        return process
    }

    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    private static func read(
        _ descriptor: Int32, until deadline: Int?, _ milliseconds: Int, _ limit: Int
    ) throws(Failure) -> [UInt8] {
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let deadline {
                var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                let rest = deadline - now()
                guard rest > 0, poll(&wanted, 1, Int32(min(rest, 1 << 30))) != 0 else {
                    throw .tooSlow(milliseconds: milliseconds)
                }
            }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                guard errno == EINTR else { throw .system(Errno(rawValue: errno)) }
                continue
            }
            guard count > 0 else { return output }
            output += buffer[..<count]
            if output.count > limit { throw .tooLong(limit: limit) }
        }
    }

    private static func wait(
        for process: pid_t, until deadline: Int?, _ milliseconds: Int
    ) throws(Failure) -> Int32 {
        var status: Int32 = 0
        while true {
            let ended = waitpid(process, &status, deadline == nil ? 0 : WNOHANG)
            if ended == process { break }
            if ended < 0, errno != EINTR { throw .system(Errno(rawValue: errno)) }
            if let deadline, ended == 0 {
                // It has closed its output and goes on.
                guard now() < deadline else { throw .tooSlow(milliseconds: milliseconds) }
                poll(nil, 0, 2)
            }
        }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }
}
