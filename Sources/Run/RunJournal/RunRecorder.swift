// SPDX-License-Identifier: Apache-2.0

import GRDB
package import RunModel
import Synchronization

/// Writes one run into the journal as it happens.
///
/// Theory of operation. Whoever drives the reports tells the recorder the same events, in the same
/// order; `receive` only notes them. `serve` writes what was noted, one transaction after the
/// other, on SQLite's own thread, and meanwhile more is noted: a group commit. A host's session
/// waits in `mayStart` until the transaction with its start has been committed, so that no command
/// is sent before; `settled` waits until every end has been, so that no summary counts one that is
/// not there.
///
/// A journal that cannot be written any more grants no further start. What was committed stays.
package final class RunRecorder: Sendable {
    /// Between two transactions, while other sessions run: each costs a turn of the disk.
    static let interval = Duration.milliseconds(5)
    /// How much may be queued before sessions wait, in bytes.
    static let queuedBytes = 16 << 20

    private struct State {
        var noted: RecorderState
        var time = Duration.zero
        var starts: [CheckedContinuation<Bool, Never>] = []
        var others: [CheckedContinuation<Void, Never>] = []
        /// What `serve` is to do next.
        var isDue = false
        var wantsEverything = false
        var isClosed = false
        var writer: CheckedContinuation<Void, Never>?
        var failure: JournalError?
        var queued = 0
    }

    private let journal: Journal
    private let run: Int64
    /// The name of the run.
    package let id: String
    /// Whether any output is recorded.
    package let recordsOutput: Bool
    private let state: Mutex<State>
    /// Only the transaction of the moment uses it.
    private let transactions: Mutex<RunTransactions>
    private let whenFailed: @Sendable (JournalError) -> Void

    init(
        journal: Journal, run: Int64, id: String, limits: RecorderLimits,
        whenFailed: @escaping @Sendable (JournalError) -> Void
    ) {
        self.journal = journal
        self.run = run
        self.id = id
        recordsOutput = limits.hostBytes > 0
        self.whenFailed = whenFailed
        state = Mutex(State(noted: RecorderState(limits: limits)))
        transactions = Mutex(RunTransactions(run: run))
    }

    /// Takes one event, and never waits.
    package func receive(_ event: RunEvent) {
        let writer = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.failure == nil else { return nil }
            state.noted.receive(event)
            state.time = max(state.time, event.time)
            guard state.noted.heldBytes >= RecorderState.heldBytes else { return nil }
            state.isDue = true
            return state.writer.take()
        }
        writer?.resume()
    }

    /// Time passed, and the reports were told.
    package func timePassed(to time: Duration) {
        let writer = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.failure == nil else { return nil }
            state.noted.timePassed(to: time)
            state.time = max(state.time, time)
            guard state.noted.isDue(at: time) else { return nil }
            state.isDue = true
            return state.writer.take()
        }
        writer?.resume()
    }

    /// Waits until everything received so far, the host's start with it, has been committed.
    ///
    /// - Returns: whether the host may be started; `false` once the journal cannot be written.
    package func mayStart(_ host: Int) async -> Bool {
        await withCheckedContinuation { continuation in
            let (writer, isRefused) = state.withLock { state in
                guard state.failure == nil, !state.isClosed else {
                    return (CheckedContinuation<Void, Never>?.none, true)
                }
                state.starts.append(continuation)
                state.isDue = true
                return (state.writer.take(), false)
            }
            if isRefused { continuation.resume(returning: false) }
            writer?.resume()
        }
    }

    /// Waits while more is queued than a transaction should write.
    package func ready() async {
        guard state.withLock({ $0.noted.heldBytes + $0.queued > Self.queuedBytes }) else { return }
        await committed(everything: false)
    }

    /// Waits until everything received so far has been committed, or the journal has failed.
    package func settled() async { await committed(everything: true) }

    /// Ends `serve` once everything has been committed.
    package func close() async {
        await settled()
        let writer = state.withLock { state in
            state.isClosed = true
            return state.writer.take()
        }
        writer?.resume()
    }

    /// Removes runs that need not be kept.
    package func prune(_ retention: Retention) async throws(JournalError) -> [String] {
        try journal.prune(retention)
    }

    /// Why the journal could not be written, if it could not.
    package var failure: JournalError? { state.withLock(\.failure) }

    /// The hosts whose output is not whole, and how many bytes are missing of all together.
    package var cut: (hosts: [Int], bytes: Int) {
        state.withLock { ($0.noted.cutHosts.sorted(), $0.noted.cutBytes) }
    }

    private func committed(everything: Bool) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let (writer, isOver) = state.withLock { state in
                guard state.failure == nil, !state.isClosed else {
                    return (CheckedContinuation<Void, Never>?.none, true)
                }
                state.others.append(continuation)
                state.isDue = true
                if everything { state.wantsEverything = true }
                return (state.writer.take(), false)
            }
            if isOver { continuation.resume() }
            writer?.resume()
        }
    }

    /// Writes until `close`; the only task that does.
    package func serve(clock: some Clock<Duration>) async {
        var last = clock.now
        while await next() {
            // While others run, gather: whoever waits here keeps only its own place. Once nobody
            // else runs there is nobody to wait for.
            if state.withLock({ $0.starts.count < $0.noted.openCount && $0.others.isEmpty }),
                clock.now < last.advanced(by: Self.interval)
            {
                try? await clock.sleep(until: last.advanced(by: Self.interval), tolerance: nil)
            }
            last = clock.now
            await writeOnce()
        }
    }

    /// Waits for work; `false` once closed.
    private func next() async -> Bool {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isDue = state.withLock { state in
                if !state.isDue, !state.isClosed { state.writer = continuation }
                return state.isDue || state.isClosed
            }
            if isDue { continuation.resume() }
        }
        return state.withLock { $0.isDue }
    }

    private func writeOnce() async {
        let (batch, starts, others) = state.withLock { state in
            let everything = state.wantsEverything
            state.isDue = false
            state.wantsEverything = false
            state.queued = state.noted.heldBytes
            let batch = state.noted.takeBatch(at: state.time, everything: everything)
            defer { (state.starts, state.others) = ([], []) }
            return (batch, state.starts, state.others)
        }
        let failure = await commit(batch)
        state.withLock { state in
            state.queued = 0
            if state.failure == nil { state.failure = failure }
        }
        if let failure { whenFailed(failure) }
        for start in starts { start.resume(returning: failure == nil) }
        for other in others { other.resume() }
        if failure != nil { refuseAll() }
    }

    private func commit(_ batch: RecorderBatch) async -> JournalError? {
        do {
            try await journal.queue.write { [self] db in
                try transactions.withLock { try $0.write(batch, in: db) }
            }
            return nil
        } catch {
            return JournalError(error, in: journal.path)
        }
    }

    /// Lets those go who began to wait while the journal failed.
    private func refuseAll() {
        let (starts, others) = state.withLock { state in
            defer { (state.starts, state.others) = ([], []) }
            return (state.starts, state.others)
        }
        for start in starts { start.resume(returning: false) }
        for other in others { other.resume() }
    }
}
