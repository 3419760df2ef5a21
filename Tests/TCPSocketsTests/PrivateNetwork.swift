// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SystemPackage
import TCPSockets

/// A network namespace of one thread, with nothing in it but loopback.
enum PrivateNetwork {
    /// Runs the body on the thread of an event loop that has moved into a new one.
    ///
    /// Needs root, or a user namespace (unshare(2)).
    static func with(_ body: @escaping @Sendable (EventLoop) async throws -> Void) async throws {
        try await withLoop { loop in
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Only a task of its own is sure to begin on the loop's thread.
                group.addTask(executorPreference: loop) {
                    try enter()
                    try await body(loop)
                }
                try await group.waitForAll()
            }
        }
    }

    private static func enter() throws(Errno) {
        // CLONE_NEWNET, a macro that Swift does not see.
        guard unshare(0x4000_0000) == 0 else { throw Errno(rawValue: errno) }
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        defer { _ = close(descriptor) }
        var request = ifreq()
        withUnsafeMutableBytes(of: &request) { bytes in
            bytes.copyBytes(from: "lo".utf8)
        }
        request.ifr_ifru.ifru_flags = Int16(IFF_UP | IFF_RUNNING)
        guard ioctl(descriptor, UInt(SIOCSIFFLAGS), &request) == 0 else {
            throw Errno(rawValue: errno)
        }
    }
}

/// Settings of the kernel that are one number.
enum SmallNumber {
    static func write(_ number: Int, to path: String) throws {
        let file = try FileDescriptor.open(FilePath(path), .writeOnly, options: .closeOnExec)
        try file.closeAfter { _ = try file.writeAll("\(number)\n".utf8) }
    }
}
