// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
package import SystemPackage
import Threads

/// Writes to standard output and standard error on a thread of its own, in one order.
///
/// A slow reader (a pager, a full pipe) blocks that thread and nobody else. What waits to be
/// written is limited because writers wait in `ready()`. When a stream can no longer be written the
/// rest of it is counted as lost, and the other stream goes on.
package final class OutputWriter: Sendable {
    /// What could not be written to one stream.
    package struct Loss: Error, Hashable, Sendable {
        /// Why.
        package var code: Errno
        /// How many bytes.
        package var byteCount: Int
    }

    private struct Piece {
        var descriptor: FileDescriptor
        var bytes: [UInt8]
    }

    private struct State {
        var queue: [Piece] = []
        var queuedCount = 0
        var isWriting = false
        /// Whether the thread waits for something to do.
        var isIdle = false
        var isClosed = false
        var losses: [FileDescriptor: Loss] = [:]
        /// Those in `ready()` and in `drain()`, by name.
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var drained: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0

        mutating func nameWaiter() -> Int {
            lastWaiter += 1
            return lastWaiter
        }
    }

    /// How many bytes may wait to be written before writers have to wait.
    package static let backlogLimit = 4 << 20

    /// How long the first bytes wait for others, and how many end the wait.
    private static let gatheringMilliseconds: Int32 = 20
    private static let gatheringLimit = 64 << 10

    private let state = Mutex(State())
    private let wake: ThreadSignal

    /// Makes a writer and starts its thread.
    package init() {
        wake = ThreadSignal()
        do throws(Errno) {
            try DetachedThread.start { self.writeForEver() }
        } catch {
            preconditionFailure("no thread for output: \(error)")
        }
    }

    /// Queues bytes for a stream.
    ///
    /// Never waits.
    package func write(_ bytes: [UInt8], to descriptor: FileDescriptor) {
        guard !bytes.isEmpty else { return }
        let mustWake = state.withLock { state in
            if state.queue.last?.descriptor == descriptor,
                state.queue[state.queue.count - 1].bytes.count < 65_536
            {
                state.queue[state.queue.count - 1].bytes += bytes
            } else {
                state.queue.append(Piece(descriptor: descriptor, bytes: bytes))
            }
            let wasBelow = state.queuedCount <= Self.gatheringLimit
            state.queuedCount += bytes.count
            defer { state.isIdle = false }
            return state.isIdle || wasBelow && state.queuedCount > Self.gatheringLimit
        }
        if mustWake { wake.signal() }
    }

    /// Whether so much is queued that writers should wait.
    package var isBehind: Bool { state.withLock { $0.queuedCount > Self.backlogLimit } }

    /// Waits while too much is queued; returns at once when the task is cancelled.
    package func ready() async {
        guard isBehind else { return }
        let name = state.withLock { $0.nameWaiter() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let mustWait = state.withLock { state in
                    let mustWait = state.queuedCount > Self.backlogLimit && !Task.isCancelled
                    if mustWait { state.waiters[name] = waiter }
                    return mustWait
                }
                if !mustWait { waiter.resume() }
            }
        } onCancel: {
            release(name)
        }
    }

    /// Waits until all is written, or lost; returns at once when the task is cancelled.
    package func drain() async {
        let name = state.withLock { $0.nameWaiter() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let mustWait = state.withLock { state in
                    let mustWait =
                        (state.queuedCount > 0 || state.isWriting) && !Task.isCancelled
                    if mustWait { state.drained[name] = waiter }
                    return mustWait
                }
                if mustWait { wake.signal() } else { waiter.resume() }
            }
        } onCancel: {
            release(name)
        }
    }

    /// What was lost of a stream, if anything.
    package func loss(of descriptor: FileDescriptor) -> Loss? {
        state.withLock { $0.losses[descriptor] }
    }

    /// Lets one waiter go on whose task was cancelled.
    private func release(_ name: Int) {
        let waiter = state.withLock { state in
            state.waiters.removeValue(forKey: name) ?? state.drained.removeValue(forKey: name)
        }
        waiter?.resume()
    }

    private func writeForEver() {
        while true {
            let pieces = state.withLock { state in
                defer { state.queue = [] }
                state.isWriting = !state.queue.isEmpty
                state.isIdle = state.queue.isEmpty
                return state.queue
            }
            if pieces.isEmpty {
                wake.wait()
                // Many hosts answer at once: one write for what comes in a moment.
                wake.wait(milliseconds: Self.gatheringMilliseconds)
                continue
            }
            for piece in pieces {
                write(piece)
                finished(piece.bytes.count)
            }
            let drained = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                guard state.queuedCount == 0 else { return [] }
                state.isWriting = false
                defer { state.drained = [:] }
                return Array(state.drained.values)
            }
            for waiter in drained { waiter.resume() }
        }
    }

    private func finished(_ count: Int) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.queuedCount -= count
            guard state.queuedCount <= Self.backlogLimit else { return [] }
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    private func write(_ piece: Piece) {
        if let loss = loss(of: piece.descriptor) {
            return lose(piece.bytes.count, of: piece.descriptor, loss.code)
        }
        var start = 0
        while start < piece.bytes.count {
            let count = piece.bytes.withUnsafeBytes { bytes in
                Glibc.write(
                    piece.descriptor.rawValue, bytes.baseAddress.map { $0 + start },
                    bytes.count - start)
            }
            if count >= 0 {
                start += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: waitUntilWritable(piece.descriptor)
            case let code:
                return lose(
                    piece.bytes.count - start, of: piece.descriptor, Errno(rawValue: code))
            }
        }
    }

    /// A stream that somebody else has made non-blocking.
    private func waitUntilWritable(_ descriptor: FileDescriptor) {
        var entry = pollfd(fd: descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
        _ = poll(&entry, 1, -1)
    }

    private func lose(_ count: Int, of descriptor: FileDescriptor, _ code: Errno) {
        state.withLock { state in
            state.losses[descriptor, default: Loss(code: code, byteCount: 0)].byteCount += count
        }
    }
}
