// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// Signals as an asynchronous sequence, instead of handlers.
package enum SignalStream {
    /// Blocks these signals in this thread and in all threads it starts from now on, and delivers
    /// each that arrives.
    ///
    /// To be called before any other thread is started; once per process. A thread of its own waits
    /// in sigwait(3). SIGPIPE is blocked, too, and never delivered: writing to a closed pipe is an
    /// error of write(2).
    package static func deliver(_ signals: [Int32]) -> AsyncStream<Int32> {
        var awaited = sigset_t()
        sigemptyset(&awaited)
        for signal in signals { sigaddset(&awaited, signal) }
        var blocked = awaited
        sigaddset(&blocked, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let waiting = Waiting(awaited: awaited, continuation: continuation)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Waiting>.fromOpaque(argument).takeRetainedValue().waitForEver()
                return nil
            }, Unmanaged.passRetained(waiting).toOpaque())
        precondition(code == 0, "no thread for signals: \(Errno(rawValue: code))")
        pthread_detach(thread)
        return stream
    }

    /// Ends this process by a signal, as if it had never been blocked.
    package static func die(of signal: Int32) -> Never {
        Glibc.signal(signal, SIG_DFL)
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        sigaddset(&unblocked, signal)
        pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
        raise(signal)
        exit(128 + signal)
    }

    private final class Waiting: Sendable {
        private let awaited: sigset_t
        private let continuation: AsyncStream<Int32>.Continuation

        init(awaited: sigset_t, continuation: AsyncStream<Int32>.Continuation) {
            self.awaited = awaited
            self.continuation = continuation
        }

        func waitForEver() {
            var awaited = awaited
            var signal: Int32 = 0
            while sigwait(&awaited, &signal) == 0 { continuation.yield(signal) }
        }
    }
}
