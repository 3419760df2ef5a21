// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Small files and directories of the kernel's own file systems; what cannot be read is `nil`.
enum ProcFile {
    /// No file of proc(5) that is read here is longer.
    private static let most = 65_536

    static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytes.count < most {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The names in a directory; `nil` when the reader may not see them.
    static func visibleNames(in path: String) -> [String]? {
        guard let directory = opendir(path) else {
            // A process that has just ended hides nothing.
            return errno == EACCES || errno == EPERM ? nil : []
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    static func names(in path: String) -> [String] { visibleNames(in: path) ?? [] }

    /// The inode of the socket that a link of `/proc/PID/fd` leads to.
    static func socketInode(_ path: String) -> UInt32? {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let text = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard text.hasPrefix("socket:["), text.hasSuffix("]") else { return nil }
        return UInt32(text.dropFirst(8).dropLast())
    }

    /// Whether a Unix socket has descriptors in its queue (`scm_fds`, kernel 5.6 and later).
    static func hasQueuedDescriptors(_ process: Int32, _ descriptor: Int32) -> Bool {
        guard let text = text(of: "/proc/\(process)/fdinfo/\(descriptor)"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("scm_fds:") }),
            let count = line.split(whereSeparator: \.isWhitespace).last
        else { return false }
        return count != "0"
    }
}
