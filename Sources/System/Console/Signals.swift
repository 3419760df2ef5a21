// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import SystemPackage

/// Signals as an asynchronous sequence, instead of handlers.
///
/// A thread of its own waits in sigwait(3). While nobody reads, a signal does what it would have
/// done anyhow: it ends the process.
package final class Signals: Sendable {
    private let awaited: [Int32]
    private let reader = Mutex<AsyncStream<Int32>.Continuation?>(nil)

    /// Blocks these signals in this thread and in all threads it starts from now on.
    ///
    /// To be called before any other thread is started; once per process. Signals that are ignored
    /// already (nohup(1), a background job) stay so. SIGPIPE is blocked, too, and never delivered:
    /// writing to a closed pipe is an error of write(2).
    package init(_ signals: [Int32]) {
        awaited = signals.filter { !Self.isIgnored($0) }
        var blocked = Self.set(of: awaited + [SIGPIPE])
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        guard !awaited.isEmpty else { return }
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Signals>.fromOpaque(argument).takeRetainedValue().deliverForEver()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(code == 0, "no thread for signals: \(Errno(rawValue: code))")
        pthread_detach(thread)
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

    private func deliverForEver() {
        var awaited = Self.set(of: awaited)
        var signal: Int32 = 0
        while sigwait(&awaited, &signal) == 0 {
            guard let reader = reader.withLock({ $0 }) else { Self.die(of: signal) }
            reader.yield(signal)
        }
    }

    private static func set(of signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }

    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
