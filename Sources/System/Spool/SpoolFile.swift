// SPDX-License-Identifier: Apache-2.0

import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One temporary file without a name, for this process only; it is gone with its descriptor.
struct SpoolFile: ~Copyable {
    private let descriptor: FileDescriptor
    private let directory: String

    /// Makes a file of mode 0600, closed on exec.
    ///
    /// The corresponding C function is `open` with `O_TMPFILE`; where the file system has none
    /// (NFS, overlayfs of old kernels), the file gets a random name and loses it at once.
    init(in directory: String) throws(SpoolError) {
        self.directory = directory
        do {
            descriptor = try Self.open(in: directory)
        } catch let errno as Errno {
            throw SpoolError(.create, in: directory, errno)
        } catch {
            throw SpoolError(.create, in: directory, .ioError)
        }
    }

    deinit { try? descriptor.close() }

    /// Writes all bytes at an offset.
    func write(_ bytes: [UInt8], at offset: Int) throws(SpoolError) {
        do {
            try descriptor.writeAll(toAbsoluteOffset: Int64(offset), bytes)
        } catch let errno as Errno {
            throw SpoolError(.write, in: directory, errno)
        } catch {
            throw SpoolError(.write, in: directory, .ioError)
        }
    }

    /// Reads exactly `count` bytes from an offset.
    func read(at offset: Int, count: Int) throws(SpoolError) -> [UInt8] {
        do {
            return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                while initialized < count {
                    let rest = UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(buffer)[initialized..<count])
                    let got = try descriptor.read(
                        fromAbsoluteOffset: Int64(offset + initialized), into: rest)
                    // Somebody has cut the file short under us.
                    guard got > 0 else { throw Errno.ioError }
                    initialized += got
                }
            }
        } catch let errno as Errno {
            throw SpoolError(.read, in: directory, errno)
        } catch {
            throw SpoolError(.read, in: directory, .ioError)
        }
    }

    private static func open(in directory: String) throws -> FileDescriptor {
        // O_TMPFILE of <asm-generic/fcntl.h>, a compound macro Swift does not import.
        let unnamed = FileDescriptor.OpenOptions(rawValue: 0o20_000_000 | O_DIRECTORY)
        do {
            return try FileDescriptor.open(
                FilePath(directory), .readWrite, options: [unnamed, .closeOnExec],
                permissions: .ownerReadWrite)
        } catch let errno as Errno
            where [.notSupported, .isDirectory, .invalidArgument].contains(errno)
        {
            return try openNamed(in: directory)
        }
    }

    private static func openNamed(in directory: String) throws -> FileDescriptor {
        for _ in 0..<100 {
            let number = UInt64.random(in: .min ... .max)
            let path = FilePath(directory).appending("lastcall-spool-" + String(number, radix: 36))
            do {
                let descriptor = try FileDescriptor.open(
                    path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
                    permissions: .ownerReadWrite)
                _ = path.withPlatformString(unlink)
                return descriptor
            } catch Errno.fileExists {
                continue
            }
        }
        throw Errno.fileExists
    }
}
