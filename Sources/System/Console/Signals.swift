// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import Synchronization
package import SystemPackage
import Threads

/// Signals as an asynchronous sequence.
///
/// A handler writes their numbers to a pipe, which a thread of its own reads: a signal may come to
/// any thread, and the run-time library of an asynchronous main has some before our first
/// statement. While nobody reads the sequence, a signal does what it would have done anyhow: it
/// ends the process.
package final class Signals: Sendable {
    /// The signals by which a person or the system asks a run to end: `^C`, SIGTERM, SIGHUP.
    package static let stopping = [SIGINT, SIGTERM, SIGHUP]

    private let reader = Mutex<AsyncStream<Int32>.Continuation?>(nil)

    /// Takes these signals from now on; once per process.
    ///
    /// Signals that are ignored already (nohup(1), a background job) stay so. SIGPIPE is taken,
    /// too, and does nothing: writing to a closed pipe is an error of write(2). Child processes get
    /// the defaults.
    ///
    /// - Throws: what pipe2(2) says.
    package init(_ signals: [Int32]) throws(Errno) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Errno(rawValue: errno) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let pipe = ends[0]
        try DetachedThread.start { self.deliverForEver(from: pipe) }
        _ = lastcall_forward_signal(SIGPIPE, -1)
        for signal in signals where !Self.isIgnored(signal) {
            _ = lastcall_forward_signal(signal, ends[1])
        }
    }

    /// The signals that arrive from now on, in place of any earlier reader's.
    package func stream() -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        reader.withLock { $0 = continuation }
        return stream
    }

    /// Ends this process by a signal, as if it had never been blocked.
    package static func die(of signal: Int32) -> Never {
        Glibc.signal(signal, SIG_DFL)
        var unblocked = set(of: [signal])
        pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
        raise(signal)
        exit(128 + signal)
    }

    private func deliverForEver(from pipe: Int32) {
        var number: UInt8 = 0
        while true {
            let count = read(pipe, &number, 1)
            if count == 1 { deliver(Int32(number)) }
            if count == 0 || (count < 0 && errno != EINTR) { return }
        }
    }

    private func deliver(_ signal: Int32) {
        guard let reader = reader.withLock({ $0 }) else { Self.die(of: signal) }
        reader.yield(signal)
    }

    private static func set(of signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }

    static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
