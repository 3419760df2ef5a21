// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Runs concurrent code on one thread, in an order that follows from a seed, in virtual time.
///
/// Theory of operation. Everything that prefers this executor, child tasks included, puts its jobs
/// into one queue, which one thread works off. When the queue is empty nothing can
/// happen before the end of the earliest sleep, so the clock goes on to it. Code that leaves the
/// executor (`Task.detached`, `Task.sleep`, a callback of a foreign thread) comes back from another
/// thread: such jobs are counted, because a run that has them does not follow from its seed.
package final class SimulationExecutor: TaskExecutor {
    /// The order in which jobs that are ready run.
    package enum Order: Hashable, Sendable {
        /// As they came.
        case firstComeFirstServed
        /// Any, which real threads may show as well.
        case shuffled(Seed)
    }

    /// Why a simulation could not go on.
    package enum Fault: Error, Hashable {
        /// Nothing can run and nobody sleeps, but the body has not ended.
        case stuck
    }

    private struct State {
        /// The jobs that are ready, from `first` on; the earlier places are empty.
        var jobs: [UnownedJob?] = []
        var first = 0
        var foreignJobs = 0
        var thread: pthread_t?
    }

    private let state = Mutex(State())
    private let clock: VirtualClock
    private let numbers: Mutex<SeededNumbers?>

    package init(clock: VirtualClock, order: Order = .firstComeFirstServed) {
        self.clock = clock
        switch order {
        case .firstComeFirstServed: numbers = Mutex(nil)
        case .shuffled(let seed): numbers = Mutex(seed.numbers(-1))
        }
    }

    /// How many jobs came from another thread.
    package var foreignJobs: Int { state.withLock(\.foreignJobs) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { state in
            state.jobs.append(job)
            if let thread = state.thread, pthread_equal(thread, pthread_self()) == 0 {
                state.foreignJobs += 1
            }
        }
    }

    /// Runs the body to its end, on a thread of its own.
    ///
    /// - Parameters:
    ///   - patience: how long, in real time, a foreign thread may take to come back before a body
    ///     that waits counts as stuck.
    ///   - quiescent: called each time nothing more can happen before the clock goes on.
    ///   - body: what to run.
    /// - Returns: what the body returns.
    /// - Throws: `Fault.stuck` when the body waits for something that nothing can bring about.
    package func run<Value: Sendable>(
        patience: Duration = .seconds(5), quiescent: @escaping @Sendable () -> Void = {},
        _ body: @escaping @Sendable () async -> Value
    ) async throws(Fault) -> Value {
        let result = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(returning: self.workOff(patience, quiescent, body))
            }
        }
        return try result.get()
    }

    private func workOff<Value: Sendable>(
        _ patience: Duration, _ quiescent: () -> Void, _ body: @escaping @Sendable () async -> Value
    ) -> Result<Value, Fault> {
        state.withLock { $0.thread = pthread_self() }
        let box = Box<Value>()
        // Nothing structured can start a task on a thread that then runs it.
        Task(executorPreference: self) { box.set(await body()) }
        var patience = patience
        while true {
            while let job = nextJob() { job.runSynchronously(on: asUnownedTaskExecutor()) }
            if let value = box.value { return .success(value) }
            quiescent()
            if clock.goOn() { continue }
            // Only a foreign thread can help now. Its job is a fault, but not a deadlock.
            guard patience > .zero else { return .failure(.stuck) }
            patience -= .milliseconds(1)
            usleep(1_000)
        }
    }

    private func nextJob() -> UnownedJob? {
        state.withLock { state in
            guard state.first < state.jobs.count else {
                state.jobs.removeAll(keepingCapacity: true)
                state.first = 0
                return nil
            }
            let waiting = state.jobs.count - state.first
            let chosen = numbers.withLock { $0?.below(waiting) } ?? 0
            state.jobs.swapAt(state.first, state.first + chosen)
            let job = state.jobs[state.first].take()
            state.first += 1
            return job
        }
    }
}

/// Holds the result of the body until the thread that runs it looks.
private final class Box<Value: Sendable>: Sendable {
    private let stored = Mutex<Value?>(nil)
    var value: Value? { stored.withLock { $0 } }
    func set(_ value: Value) { stored.withLock { $0 = value } }
}
