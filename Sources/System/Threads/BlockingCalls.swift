// SPDX-License-Identifier: Apache-2.0

import Synchronization
import SystemPackage

/// Makes calls that block on a few threads of its own, in the order in which they were asked for.
package final class BlockingCalls: Sendable {
    private struct State {
        var queue: [@Sendable () -> Void] = []
        var next = 0
        var threads = 0
    }

    private let threadLimit: Int
    private let state = Mutex(State())

    /// Makes at most so many calls at once.
    package init(threadLimit: Int) {
        precondition(threadLimit >= 1, "at least one thread makes calls")
        self.threadLimit = threadLimit
    }

    /// Makes the call on one of the threads, and waits for its answer.
    package func make<Answer: Sendable>(
        _ call: @escaping @Sendable () -> Answer
    ) async -> Answer {
        await withCheckedContinuation { continuation in
            begin { continuation.resume(returning: call()) }
        }
    }

    /// Makes the call on one of the threads, and does not wait for it.
    package func begin(_ call: @escaping @Sendable () -> Void) {
        let mustStart = state.withLock { state in
            state.queue.append(call)
            guard state.threads < threadLimit else { return false }
            state.threads += 1
            return true
        }
        if mustStart { startThread() }
    }

    private func startThread() {
        do throws(Errno) {
            try DetachedThread.start { while self.makeOne() {} }
        } catch {
            // Without a thread of its own the call is made here, late but surely.
            while makeOne() {}
        }
    }

    /// Makes the next call in the queue; `false` when the thread is no longer needed.
    private func makeOne() -> Bool {
        let call = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.next < state.queue.count else {
                state.queue = []
                state.next = 0
                state.threads -= 1
                return nil
            }
            state.next += 1
            return state.queue[state.next - 1]
        }
        guard let call else { return false }
        call()
        return true
    }
}
