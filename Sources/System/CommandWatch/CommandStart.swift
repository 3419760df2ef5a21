// SPDX-License-Identifier: Apache-2.0

import CCommandWatch
import Glibc
package import SystemPackage

/// Turns this process into a command that another process watches.
///
/// The command keeps this process's number, parent, descriptors and terminal: signals, job control
/// and exit status need no passing on. The watcher is this program again, nobody's child, in a
/// session of its own, so that the command has no child it did not make.
package enum CommandStart {
    /// Why the command has not begun.
    package enum Failure: Error, Hashable, Sendable {
        /// It cannot be watched; nothing was run.
        case notWatched(Errno)
        /// The program cannot be run.
        case notRun(Errno)
    }

    /// Begins; for one thread, which becomes the command's.
    ///
    /// - Parameters:
    ///   - command: the program, and its arguments.
    ///   - watcher: the arguments of the watcher, with the words `thread`, `process` and
    ///     `descriptor` appended as numbers.
    /// - Returns: why it did not.
    package static func run(_ command: [String], watchedBy watcher: [String]) -> Failure {
        var ends: [Int32] = [-1, -1]
        guard
            socketpair(
                AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
        else { return .notWatched(Errno(rawValue: errno)) }
        let place = "\(lastcall_thread_number()),\(getpid()),\(ends[1])"
        var number: pid_t = 0
        let hasStarted = withArguments(watcher + [place]) {
            lastcall_start_watcher($0, ends[1], &number) == 0
        }
        guard hasStarted else { return .notWatched(Errno(rawValue: errno)) }
        close(ends[1])
        lastcall_allow_tracer(number)
        // Says that it may trace now; answered with what came of it.
        var answer: Int32 = 0
        var go: UInt8 = 0
        guard write(ends[0], &go, 1) == 1,
            read(ends[0], &answer, MemoryLayout<Int32>.size) == MemoryLayout<Int32>.size
        else { return .notWatched(.brokenPipe) }
        guard answer == 0 else { return .notWatched(Errno(rawValue: answer)) }
        var isFilter: Int32 = 0
        let code = withArguments(command) { lastcall_become_watched($0, &isFilter) }
        return isFilter != 0
            ? .notWatched(Errno(rawValue: code)) : .notRun(Errno(rawValue: code))
    }

    /// The watcher's side: begins to trace, and tells the process that it has.
    ///
    /// - Parameter place: the last of the watcher's arguments.
    /// - Returns: `nil` when the process has been told that it cannot.
    package static func watcher(at place: String) -> CommandWatcher? {
        let numbers = place.split(separator: ",").compactMap { Int32($0) }
        guard numbers.count == 3 else { return nil }
        let descriptor = numbers[2]
        defer { close(descriptor) }
        var go: UInt8 = 0
        guard read(descriptor, &go, 1) == 1 else { return nil }
        var answer: Int32 = 0
        var watcher: CommandWatcher?
        do throws(Errno) {
            watcher = try CommandWatcher(tracing: numbers[0], of: numbers[1])
        } catch {
            answer = error.rawValue
        }
        _ = write(descriptor, &answer, MemoryLayout<Int32>.size)
        return watcher
    }

    private static func withArguments<Result>(
        _ words: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return body(&pointers)
    }
}
