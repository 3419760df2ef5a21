// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A clock whose sleepers wait in an event loop's timers, without any other thread.
public struct LoopClock: Clock {
    /// Instants are those of `ContinuousClock`.
    public typealias Instant = ContinuousClock.Instant

    private let loop: EventLoop

    /// The clock of this loop.
    public init(_ loop: EventLoop) { self.loop = loop }

    /// The current instant.
    public var now: Instant { .now }

    /// One millisecond: the grain of epoll_wait(2).
    public var minimumResolution: Duration { .milliseconds(1) }

    /// Sleeps until the instant has come.
    ///
    /// Throws `CancellationError` at once when the task is cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let sleeper = Sleeper()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                sleeper.start(continuation, on: loop, until: deadline)
            }
        } onCancel: {
            sleeper.cancel(on: loop)
        }
    }
}

/// One sleep: woken by its timer or by cancellation, whichever comes first.
private final class Sleeper: Sendable {
    private enum State {
        case created
        case sleeping(CheckedContinuation<Void, any Error>, timer: UInt64)
        case done
    }

    private let state = Mutex(State.created)

    func start(
        _ continuation: CheckedContinuation<Void, any Error>, on loop: EventLoop,
        until deadline: ContinuousClock.Instant
    ) {
        let cancelled = state.withLock { state -> Bool in
            switch state {
            case .created:
                // The timer cannot fire before this lock is released: its action takes it, too.
                let timer = loop.addTimer(at: deadline) { self.timeHasCome() }
                state = .sleeping(continuation, timer: timer)
                return false
            case .sleeping, .done: return true
            }
        }
        if cancelled { continuation.resume(throwing: CancellationError()) }
    }

    func cancel(on loop: EventLoop) {
        let sleeping = end()
        guard let sleeping else { return }
        _ = loop.removeTimer(sleeping.timer)
        sleeping.continuation.resume(throwing: CancellationError())
    }

    private func timeHasCome() { end()?.continuation.resume() }

    private func end() -> (continuation: CheckedContinuation<Void, any Error>, timer: UInt64)? {
        state.withLock { state in
            defer { state = .done }
            switch state {
            case .created, .done: return nil
            case .sleeping(let continuation, let timer): return (continuation, timer)
            }
        }
    }
}
