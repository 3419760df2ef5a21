// SPDX-License-Identifier: Apache-2.0

import Console
import HostSets
import SystemPackage

/// Reads the files and the standard input that hosts are listed in.
enum HostListFile {
    /// A list longer than this is refused, in bytes.
    static let lengthLimit = 256 << 20

    /// A list is too long.
    struct TooLong: Error, CustomStringConvertible {
        let description = "longer than \(lengthLimit >> 20) MiB"
    }

    /// The bytes of a list.
    ///
    /// - Throws: `Errno`, or `TooLong`.
    static func read(_ path: HostListPath) throws -> [UInt8] {
        switch path {
        case .standardInput:
            // What stands there instead would read as an empty list.
            guard !StandardDescriptors.closedAtStart.contains(.standardInput) else {
                throw Errno.badFileDescriptor
            }
            return try bytes(of: .standardInput)
        case .file(let name):
            let descriptor = try FileDescriptor.open(
                FilePath(name), .readOnly, options: .closeOnExec)
            return try descriptor.closeAfter { try bytes(of: descriptor) }
        }
    }

    private static func bytes(of descriptor: FileDescriptor) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            if bytes.count > lengthLimit { throw TooLong() }
        }
    }
}
