// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Waiting for one of several descriptors.
package enum Readiness {
    /// Waits until one can be read or has ended, or for so long.
    ///
    /// The corresponding C function is poll(2).
    ///
    /// - Returns: which ones are ready, by their place in the list; none when the time has passed, or
    ///   a signal has come.
    package static func wait(for descriptors: [Int32], atMost time: Duration) -> Set<Int> {
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let milliseconds = max(0, (time / .milliseconds(1)).rounded(.up))
        let count = poll(&entries, nfds_t(entries.count), Int32(min(milliseconds, 1e9)))
        guard count > 0 else { return [] }
        return Set(entries.indices.filter { entries[$0].revents != 0 })
    }
}
