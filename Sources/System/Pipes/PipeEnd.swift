// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import Synchronization
package import SystemPackage

/// One end of a pipe(7), closed when it is let go, if not before.
///
/// The end that stays in this process never blocks a thread; the other is for a child.
package final class PipeEnd: Sendable {
    private let held: Mutex<FileDescriptor?>

    private init(_ descriptor: CInt) { held = Mutex(FileDescriptor(rawValue: descriptor)) }

    deinit { close() }

    /// The descriptor, or `nil` once closed.
    package var descriptor: FileDescriptor? { held.withLock { $0 } }

    /// Closes the end; closing twice does nothing.
    package func close() {
        let descriptor = held.withLock { held in
            defer { held = nil }
            return held
        }
        guard let descriptor else { return }
        DescriptorMonitor.shared.forget(descriptor.rawValue)
        try? descriptor.close()
    }

    /// Opens a pipe that this process reads and a child writes.
    ///
    /// Throws `Errno.tooManyOpenFiles` and the like (pipe2(2)).
    package static func readByUs() throws(Errno) -> (ours: PipeEnd, theirs: PipeEnd) {
        let (reading, writing) = try pipe()
        try reading.neverBlock()
        return (reading, writing)
    }

    /// Opens a pipe that this process writes and a child reads.
    ///
    /// Writing when nobody reads any more is an error, not a death: SIGPIPE is ignored from here on
    /// in this process; children start with its default.
    package static func writtenByUs() throws(Errno) -> (ours: PipeEnd, theirs: PipeEnd) {
        _ = ignoresBrokenPipes
        let (reading, writing) = try pipe()
        try writing.neverBlock()
        return (writing, reading)
    }

    /// A path that opens this end in a child of this process, for as long as it is open here; `nil`
    /// where the kernel would refuse: a process with capabilities of its file hides its descriptors
    /// from programs without them (proc(5), `dumpable`).
    package var path: String? {
        guard let descriptor else { return nil }
        var status = stat()
        guard stat("/proc/self/fd", &status) == 0, status.st_uid == geteuid() else { return nil }
        return "/proc/\(getpid())/fd/\(descriptor.rawValue)"
    }

    /// Opens `/dev/null` for a child to read.
    package static func nullDevice() throws(Errno) -> PipeEnd {
        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        return PipeEnd(descriptor)
    }

    private static let ignoresBrokenPipes: Void = {
        signal(SIGPIPE, SIG_IGN)
    }()

    private static func pipe() throws(Errno) -> (reading: PipeEnd, writing: PipeEnd) {
        var ends: [CInt] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Errno(rawValue: errno) }
        return (PipeEnd(ends[0]), PipeEnd(ends[1]))
    }

    private func neverBlock() throws(Errno) {
        guard let descriptor else { throw .badFileDescriptor }
        let flags = fcntl(descriptor.rawValue, F_GETFL)
        guard flags >= 0, fcntl(descriptor.rawValue, F_SETFL, flags | O_NONBLOCK) == 0 else {
            throw Errno(rawValue: errno)
        }
    }
}
