// SPDX-License-Identifier: Apache-2.0

import Console
import HostSets
import SystemPackage

/// Reads the files and the standard input that hosts are listed in.
enum HostListFile {
    /// A list longer than this is refused, in bytes.
    static let lengthLimit = 256 << 20

    /// The bytes of a list.
    ///
    /// - Throws: `Errno`, or `FileBytes.Failure`.
    static func read(_ path: HostListPath, limit: Int = lengthLimit) throws -> [UInt8] {
        switch path {
        case .standardInput:
            // What stands there instead would read as an empty list.
            guard !StandardDescriptors.closedAtStart.contains(.standardInput) else {
                throw Errno.badFileDescriptor
            }
            return try FileBytes.all(of: .standardInput, limit: limit)
        case .file(let name):
            let descriptor = try FileDescriptor.open(
                FilePath(name), .readOnly, options: .closeOnExec)
            return try descriptor.closeAfter {
                try FileBytes.all(of: descriptor, limit: limit)
            }
        }
    }
}
