// SPDX-License-Identifier: Apache-2.0

import Glibc
package import SystemPackage

/// A file that several programs append lines to.
package enum LockedFile {
    /// Appends one line, unless what is there by then makes it unwanted.
    ///
    /// Under flock(2), so that of several such writers one looks and writes at a time; the line goes
    /// out in one write(2) at the end of the file, so that a writer without the lock breaks nothing
    /// either. The file, and the directory it is in, are made for the user alone if they are not
    /// there. Blocks while another holds the lock.
    ///
    /// The line comes without its end; `isWanted` is told what the file holds, and says whether to
    /// write. The answer is whether the line was written.
    package static func append(
        _ line: String, to path: String, if isWanted: ([UInt8]) -> Bool
    ) throws(Errno) -> Bool {
        let descriptor = try openOrMake(path)
        defer { _ = close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            if errno != EINTR { throw Errno(rawValue: errno) }
        }
        let content = try all(of: descriptor)
        guard isWanted(content) else { return false }
        var bytes = Array("\(line)\n".utf8)
        if let last = content.last, last != UInt8(ascii: "\n") {
            bytes.insert(UInt8(ascii: "\n"), at: 0)
        }
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw Errno(rawValue: errno) }
        guard count == bytes.count else { throw .noSpace }
        return true
    }

    /// The bytes of a file, or `nil` when there is none such.
    package static func contents(of path: String, limit: Int = 64 << 20) throws(Errno) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Errno(rawValue: errno)
        }
        defer { _ = close(descriptor) }
        return try all(of: descriptor, limit: limit)
    }

    private static func openOrMake(_ path: String) throws(Errno) -> Int32 {
        let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC
        let descriptor = open(path, flags, 0o600)
        if descriptor >= 0 { return descriptor }
        let code = errno
        guard code == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw Errno(rawValue: code)
        }
        guard mkdir(String(path[..<slash]), 0o700) == 0 || errno == EEXIST else {
            throw Errno(rawValue: errno)
        }
        let again = open(path, flags, 0o600)
        guard again >= 0 else { throw Errno(rawValue: errno) }
        return again
    }

    private static func all(of descriptor: Int32, limit: Int = 64 << 20) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        var place: off_t = 0
        while true {
            var failure: Errno?
            let piece = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, used in
                let count = pread(descriptor, buffer.baseAddress, buffer.count, place)
                if count < 0 { failure = Errno(rawValue: errno) }
                used = max(0, count)
            }
            if let failure {
                if failure == .interrupted { continue }
                throw failure
            }
            if piece.isEmpty { return bytes }
            bytes += piece
            place += off_t(piece.count)
            if bytes.count > limit { throw .fileTooLarge }
        }
    }
}
