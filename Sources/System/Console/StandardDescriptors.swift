// SPDX-License-Identifier: Apache-2.0

import Glibc
package import SystemPackage

/// The three descriptors a process is started with.
package enum StandardDescriptors {
    /// Opens `/dev/null` in place of those that are closed.
    ///
    /// Otherwise the next socket would take the number, and output meant for a person would go to a
    /// remote host.
    ///
    /// - Returns: the numbers, 0...2, that were closed.
    package static func replaceClosed() -> [Int32] {
        var replaced: [Int32] = []
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // open(2) gives the lowest free number: this one.
            _ = Glibc.open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY)
            replaced.append(descriptor)
        }
        return replaced
    }

    /// Whether the descriptor is a terminal.
    ///
    /// The corresponding C function is isatty(3).
    package static func isTerminal(_ descriptor: FileDescriptor) -> Bool {
        isatty(descriptor.rawValue) == 1
    }

    /// The terminal's width in columns, or `nil` where there is none.
    package static func terminalWidth(_ descriptor: FileDescriptor) -> Int? {
        var size = winsize()
        guard ioctl(descriptor.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }
}
