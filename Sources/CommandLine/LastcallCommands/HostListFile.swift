// SPDX-License-Identifier: Apache-2.0

import Console
import HostSets
import SystemPackage

/// Reads the files and the standard input that hosts are listed in.
enum HostListFile {
    /// A list is longer than its limit.
    struct TooLong: Error, CustomStringConvertible {
        var limit: Int

        var description: String {
            "longer than \(limit) bytes: --limit bytes=NUMBER allows more"
        }
    }

    /// The bytes of a list, at most `limit`.
    ///
    /// - Throws: `Errno`, `TooLong` or `FileBytes.Failure`.
    static func read(_ path: HostListPath, limit: Int) throws -> [UInt8] {
        do {
            return try whole(path, limit: limit)
        } catch FileBytes.Failure.tooLong {
            throw TooLong(limit: limit)
        }
    }

    private static func whole(_ path: HostListPath, limit: Int) throws -> [UInt8] {
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
