// SPDX-License-Identifier: Apache-2.0

import Glibc

extension SocketEnds {
    /// Waits until a socket of a local port has ended, at most so long.
    ///
    /// Returns early when some ends were lost, because there were too many.
    public mutating func wait(
        forPort port: UInt16, atMost limit: Duration
    ) throws(SocketDiagnosticsError) {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while true {
            let left = max(.zero, end - clock.now)
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Rounded up, so that nothing is due when poll(2) says that it is.
            let count = poll(&entry, 1, Int32(clamping: Int64(left / .milliseconds(1)) + 1))
            if count == 0 || count < 0 && errno != EINTR { return }
            var isAboutPort = false
            let someWereLost = try fetch { if $0.localPort == port { isAboutPort = true } }
            if isAboutPort || someWereLost { return }
        }
    }
}
