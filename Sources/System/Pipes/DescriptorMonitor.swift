// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import Synchronization
package import SystemPackage
import Threads

/// Tells tasks when a descriptor can be read or written, from one thread of its own.
///
/// Theory of operation: a descriptor is armed for one event only (`EPOLLONESHOT`), by the task that
/// found nothing to do there; the monitor's thread resumes that task, on its own executor, and
/// forgets the descriptor. So no thread but the monitor's ever blocks, and a wake-up too many
/// (a descriptor number used again) costs one read that finds nothing.
package final class DescriptorMonitor: Sendable {
    /// What a task waits for.
    package enum Readiness: Hashable, Sendable {
        /// There are bytes, or the other end is closed; on a process descriptor: the process ended.
        case readable
        /// There is room, or the other end is closed.
        case writable
    }

    /// The monitor of this process; its thread starts with the first use.
    package static let shared = DescriptorMonitor()

    private let epoll: Result<CInt, Errno>
    private let waiters = Mutex<[CInt: CheckedContinuation<Void, Never>]>([:])

    private init() {
        let epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard epoll >= 0 else {
            self.epoll = .failure(Errno(rawValue: errno))
            return
        }
        self.epoll = .success(epoll)
        startThread(epoll)
    }

    /// Waits until `descriptor` is ready, or the task is cancelled; it may also return too early.
    ///
    /// At most one task waits for a descriptor at a time.
    package func wait(
        for descriptor: FileDescriptor, until readiness: Readiness
    ) async throws(Errno) {
        let epoll = try epoll.get()
        let number = descriptor.rawValue
        let failure = Mutex<Errno?>(nil)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumesNow = waiters.withLock { waiters in
                    guard !Task.isCancelled else { return true }
                    if let error = Self.arm(number, until: readiness, in: epoll) {
                        failure.withLock { $0 = error }
                        return true
                    }
                    precondition(waiters[number] == nil, "two tasks wait for descriptor \(number)")
                    waiters[number] = continuation
                    return false
                }
                if resumesNow { continuation.resume() }
            }
        } onCancel: {
            waiters.withLock { $0.removeValue(forKey: number) }?.resume()
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// Waits until the process of a process descriptor (pidfd_open(2)) has ended, or the task is
    /// cancelled.
    package func waitForEnd(of process: FileDescriptor) async throws(Errno) {
        while !Task.isCancelled {
            var poll = pollfd(fd: process.rawValue, events: Int16(POLLIN), revents: 0)
            if Glibc.poll(&poll, 1, 0) > 0 { return }
            try await wait(for: process, until: .readable)
        }
    }

    /// Forgets a descriptor that is about to be closed.
    ///
    /// A child between fork and exec holds a copy of it for a moment, and epoll(7) forgets a
    /// descriptor only with its last copy.
    func forget(_ descriptor: CInt) {
        guard case .success(let epoll) = epoll else { return }
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }

    private static func arm(
        _ descriptor: CInt, until readiness: Readiness, in epoll: CInt
    ) -> Errno? {
        let wanted: EPOLL_EVENTS =
            switch readiness {
            case .readable: EPOLLIN
            case .writable: EPOLLOUT
            }
        var event = epoll_event()
        event.events = wanted.rawValue | EPOLLONESHOT.rawValue
        event.data.fd = descriptor
        if epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) == 0 { return nil }
        guard errno == ENOENT else { return Errno(rawValue: errno) }
        return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0
            ? nil : Errno(rawValue: errno)
    }

    private func startThread(_ epoll: CInt) {
        do throws(Errno) {
            try DetachedThread.start { self.watch() }
        } catch {
            preconditionFailure("no thread for the monitor of descriptors: \(error)")
        }
    }

    private func watch() {
        guard case .success(let epoll) = epoll else { return }
        blockSignals()
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        while true {
            let count = Int(epoll_wait(epoll, &events, CInt(events.count), -1))
            guard count > 0 else { continue }
            let ready = waiters.withLock { waiters in
                events[..<count].compactMap { waiters.removeValue(forKey: $0.data.fd) }
            }
            for continuation in ready { continuation.resume() }
        }
    }

    /// Signals of the process are for the threads that expect them.
    private func blockSignals() {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
    }
}
