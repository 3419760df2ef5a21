// SPDX-License-Identifier: Apache-2.0

package import SystemPackage

/// Reads the whole of a file.
package enum FileBytes {
    /// Why a file was not read.
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case system(Errno)
        /// The file is longer than the limit, in bytes.
        case tooLong(limit: Int)

        package var description: String {
            switch self {
            case .system(let code): "\(code)"
            case .tooLong(let limit): "longer than \(limit >> 20) MiB"
            }
        }
    }

    /// The bytes from the descriptor's position to the end.
    ///
    /// - Throws: `Failure`.
    package static func all(
        of descriptor: FileDescriptor, limit: Int
    ) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count: Int
            do {
                count = try buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) }
            } catch {
                throw .system(error as? Errno ?? .ioError)
            }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            if bytes.count > limit { throw .tooLong(limit: limit) }
        }
    }
}
