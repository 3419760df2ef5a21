// SPDX-License-Identifier: Apache-2.0

import Glibc
package import SystemPackage

/// What lies in the file system, as far as configurations ask.
package enum LocalFiles {
    /// What a path names.
    package enum Kind: Hashable, Sendable {
        case folder
        case other
        case nothing
    }

    /// What a path names, through symbolic links.
    package static func kind(of path: String) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else { return .nothing }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .other
    }

    /// When a file was changed last, in seconds since 1970, and its length; `nil` when there is none.
    package static func stamp(of path: String) -> (seconds: Int, length: Int)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return (status.st_mtim.tv_sec, Int(status.st_size))
    }

    /// The names in a folder, sorted by their bytes, without hidden ones; none when it cannot be read.
    package static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The bytes of a file.
    package static func bytes(_ path: String, limit: Int = 256 << 20) throws(Errno) -> [UInt8] {
        do {
            let descriptor = try FileDescriptor.open(
                FilePath(path), .readOnly, options: .closeOnExec)
            return try descriptor.closeAfter {
                var bytes: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 65_536)
                while true {
                    let count = try buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) }
                    guard count > 0 else { return bytes }
                    bytes += buffer[..<count]
                    if bytes.count > limit { throw Errno.fileTooLarge }
                }
            }
        } catch {
            throw error as? Errno ?? .ioError
        }
    }

    /// The text of a file, or `nil` when it cannot be read.
    package static func text(_ path: String) -> String? {
        (try? bytes(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a program of this name can be started.
    package static func hasProgram(_ name: String) -> Bool {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return path.split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
    }

    /// The seconds since 1970.
    package static func secondsNow() -> Int { time(nil) }

    /// Writes a file whole, so that readers see the old one or the new one; `false` when it failed.
    package static func replace(_ path: String, with bytes: [UInt8]) -> Bool {
        let draft = "\(path).\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { write(descriptor, $0 + written, bytes.count - written) }
                    ?? -1
            }
            guard count > 0 else { break }
            written += count
        }
        close(descriptor)
        guard written == bytes.count, rename(draft, path) == 0 else {
            unlink(draft)
            return false
        }
        return true
    }

    /// Makes a folder, and those above it, for this user alone.
    package static func makeFolder(_ path: String) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/" + part
            mkdir(built, 0o700)
        }
    }
}
