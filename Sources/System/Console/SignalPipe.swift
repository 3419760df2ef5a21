// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
package import SystemPackage

/// Signals for a loop that waits on descriptors itself (poll(2)); `Signals` is for tasks.
package final class SignalPipe: Sendable {
    /// Readable when a signal has come; borrowed.
    package let descriptor: Int32

    /// The terminal has another size (`SIGWINCH`).
    package static let resized = SIGWINCH
    /// `^Z`.
    package static let suspended = SIGTSTP

    /// Takes these signals from now on; once per process, and for the rest of it.
    ///
    /// Signals that are ignored already (nohup(1)) stay so.
    ///
    /// - Throws: what pipe2(2) says.
    package init(_ signals: [Int32]) throws(Errno) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else { throw Errno(rawValue: errno) }
        descriptor = ends[0]
        for signal in signals where !Signals.isIgnored(signal) {
            _ = lastcall_forward_signal(signal, ends[1])
        }
    }

    /// The next signal that has come, or `nil`.
    package func next() -> Int32? {
        var number: UInt8 = 0
        while true {
            let count = read(descriptor, &number, 1)
            if count == 1 { return Int32(number) }
            if count == 0 || errno != EINTR { return nil }
        }
    }

    /// Stops this process as `^Z` does to others, until somebody has it go on (SIGCONT).
    package static func suspend() { raise(SIGSTOP) }
}
