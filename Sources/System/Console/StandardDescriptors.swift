// SPDX-License-Identifier: Apache-2.0

import CStandardDescriptors
import Glibc
package import SystemPackage

/// The three descriptors a process is started with.
package enum StandardDescriptors {
    /// Those that were closed when the process began; they are open on `/dev/null` since.
    ///
    /// Otherwise the next socket would take the number, and output meant for a person would go to a
    /// remote host.
    package static var closedAtStart: [FileDescriptor] {
        [.standardInput, .standardOutput, .standardError]
            .filter { lastcall_descriptors_closed_at_start() & (1 << $0.rawValue) != 0 }
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
