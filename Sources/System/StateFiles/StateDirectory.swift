// SPDX-License-Identifier: Apache-2.0

import Glibc
package import SystemPackage

/// A directory of one user's state, which nobody else can look into.
package struct StateDirectory: Hashable, Sendable {
    /// Why the directory or a file in it cannot be used.
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        package var path: String
        package var errno: Errno

        package init(path: String, errno: Errno) {
            self.path = path
            self.errno = errno
        }

        package var description: String { "\(path): \(errno)" }
    }

    /// Where it is.
    package let path: FilePath

    /// Makes the directory, and those above it, with mode 0700 where they are missing.
    ///
    /// One that is there and ours loses the rights of group and others; one that is somebody else's
    /// is refused (`permissionDenied`).
    package init(_ path: FilePath) throws(Failure) {
        self.path = path
        try Self.make(path)
        var status = stat()
        guard path.withPlatformString({ stat($0, &status) }) == 0 else {
            throw Failure(path: path.string, errno: Errno(rawValue: errno))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw Failure(path: path.string, errno: .notDirectory)
        }
        guard status.st_uid == geteuid() else {
            throw Failure(path: path.string, errno: .permissionDenied)
        }
        if status.st_mode & 0o077 != 0 { _ = path.withPlatformString { chmod($0, 0o700) } }
    }

    /// The path of a file in the directory, which is made with mode 0600 where it is missing.
    ///
    /// Programs that open it later (SQLite does for its own files) keep that mode. A symbolic link
    /// is not followed.
    package func file(_ name: String) throws(Failure) -> FilePath {
        let file = path.appending(name)
        try open(file).close()
        return file
    }

    /// Opens a file of the directory for locks; made with mode 0600 where it is missing.
    package func lockFile(_ name: String) throws(Failure) -> LockFile {
        LockFile(descriptor: try open(path.appending(name)).take())
    }

    private func open(_ file: FilePath) throws(Failure) -> Opened {
        do {
            let descriptor = try FileDescriptor.open(
                file, .readWrite, options: [.create, .closeOnExec, .noFollow],
                permissions: .ownerReadWrite)
            var status = stat()
            if fstat(descriptor.rawValue, &status) == 0, status.st_mode & 0o077 != 0 {
                _ = fchmod(descriptor.rawValue, 0o600)
            }
            return Opened(descriptor)
        } catch {
            throw Failure(path: file.string, errno: error as? Errno ?? .ioError)
        }
    }

    private static func make(_ path: FilePath) throws(Failure) {
        guard path.withPlatformString({ mkdir($0, 0o700) }) != 0 else { return }
        switch Errno(rawValue: errno) {
        case .fileExists: return
        case .noSuchFileOrDirectory where !path.removingLastComponent().isEmpty:
            try make(path.removingLastComponent())
            guard path.withPlatformString({ mkdir($0, 0o700) }) != 0 else { return }
            let code = Errno(rawValue: errno)
            // Another run was faster.
            guard code != .fileExists else { return }
            throw Failure(path: path.string, errno: code)
        case let code: throw Failure(path: path.string, errno: code)
        }
    }

    /// A descriptor that is closed unless it is taken.
    private struct Opened: ~Copyable {
        private let descriptor: FileDescriptor

        init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

        deinit { try? descriptor.close() }

        consuming func close() {}

        consuming func take() -> FileDescriptor {
            let taken = descriptor
            discard self
            return taken
        }
    }
}
