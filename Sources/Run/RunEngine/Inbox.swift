// SPDX-License-Identifier: Apache-2.0

import ShellContract
import Synchronization

/// Everything that can wake the run loop.
enum Wakeup: Sendable {
    /// The host waits for something on this machine.
    case waiting(Int)
    /// The host goes on after it waited.
    case proceeding(Int)
    /// The host's remote end has taken the command.
    case running(Int)
    /// The host's exit status has arrived.
    case closing(Int)
    /// The host's session has ended.
    case ended(Int, SessionEnd)
    /// A sleep until this time since the run began is over.
    case slept(until: Duration)
    /// A signal asks for the end of the run.
    case interrupted(Int32)
    /// The task of the run was cancelled.
    case cancelled
}

/// Where wake-ups wait for the run loop, which takes all of them at once.
///
/// Many tasks post, one reads. Posting never waits; what can be waiting is limited by the window: a
/// handful of wake-ups per open host.
final class Inbox: Sendable {
    private struct State {
        var posted: [Wakeup] = []
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Adds one wake-up, and wakes the reader if it waits.
    func post(_ wakeup: Wakeup) {
        let reader = state.withLock { state in
            state.posted.append(wakeup)
            return state.reader.take()
        }
        reader?.resume()
    }

    /// Everything posted since the last time, in order; waits while there is nothing.
    ///
    /// `spare` is a batch that has been read, whose memory is used again.
    func next(reusing spare: consuming [Wakeup]) async -> [Wakeup] {
        spare.removeAll(keepingCapacity: true)
        await withCheckedContinuation { continuation in
            let isFilled = state.withLock { state in
                if state.posted.isEmpty { state.reader = continuation }
                return !state.posted.isEmpty
            }
            if isFilled { continuation.resume() }
        }
        let empty = spare
        return state.withLock { state in
            let batch = state.posted
            state.posted = empty
            return batch
        }
    }
}
