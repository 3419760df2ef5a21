// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

extension SocketEnds {
    /// Waits until a socket of a local port has ended, at most so long.
    ///
    /// Returns early when some were lost, because too many had come. The end of TIME-WAIT is never
    /// told; its timer tells it (`SocketSnapshot.timer`).
    ///
    /// - Throws: what poll(2) or recv(2) refused, or an answer that cannot be read.
    public mutating func wait(
        forPort port: UInt16, atMost limit: Duration
    ) throws(SocketDiagnosticsError) {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while true {
            let left = max(.zero, end - clock.now)
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Rounded up, so that nothing is due when poll(2) says that it is.
            let milliseconds = Int32(clamping: Int64(left / .milliseconds(1)) + 1)
            guard try retrying({ Int(poll(&entry, 1, milliseconds)) }) > 0 else { return }
            var isAboutPort = false
            let someWereLost = try fetch { isAboutPort = isAboutPort || $0.localPort == port }
            if isAboutPort || someWereLost { return }
        }
    }
}
