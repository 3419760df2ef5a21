// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SystemPackage

/// A directory of memory, which is gone when this process is, whatever ends it.
///
/// Other processes of the same user reach it by `path` while this one lives.
package final class MemoryDirectory: Sendable {
    private let directory: OwnedDescriptor

    /// Where it is.
    package let path: String

    /// Makes an empty directory, for this user alone.
    package init() throws(PrivateNetworkError) {
        let directory = OwnedDescriptor(
            try systemCall("fsopen(\"tmpfs\")") { lastcall_memory_directory() })
        self.directory = directory
        path = "/proc/\(getpid())/fd/\(directory.number)"
        let path = path
        try systemCall("chmod \(path)") { chmod(path, 0o700) }
    }

    /// Writes a file that its owner alone may read.
    ///
    /// - Returns: its path.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String) throws(PrivateNetworkError) -> String {
        let file = OwnedDescriptor(
            try systemCall("open \(name)") {
                openat(directory.number, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            })
        var start = 0
        while start < bytes.count {
            start += try systemCall("write \(name)") {
                bytes.withUnsafeBytes { buffer in
                    Glibc.write(
                        file.number, buffer.baseAddress.map { $0 + start }, buffer.count - start)
                }
            }
        }
        return "\(path)/\(name)"
    }
}
