// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc

/// Wakes a thread that has nothing to do.
///
/// A signal that comes before the wait is kept. The corresponding C interface is eventfd(2).
final class ThreadSignal: Sendable {
    private let descriptor: Int32

    init() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC))
        precondition(descriptor >= 0, "no descriptor left")
    }

    deinit { _ = close(descriptor) }

    func signal() {
        var one: UInt64 = 1
        _ = Glibc.write(descriptor, &one, 8)
    }

    func wait() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }

    /// Waits at most so long.
    func wait(milliseconds: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&entry, 1, milliseconds) > 0 { wait() }
    }
}
