// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import Synchronization
public import SystemPackage
import Threads

/// One thread that runs tasks, watches sockets and keeps timers.
///
/// Theory of operation. The loop is a `TaskExecutor`: a task that prefers it runs all of its jobs
/// on the loop's thread, so that sessions never hop threads and their state needs no locks. Sockets
/// are watched edge-triggered, registered once and never changed; what is ready is posted to the
/// session's `Wakeups`, which resumes the one task that waits there. Each turn of the loop runs the
/// jobs that are due, then asks the kernel, without waiting if jobs are due again.
public final class EventLoop: TaskExecutor, Sendable {
    private struct Shared {
        var jobs: [UnownedJob] = []
        var timers = TimerHeap()
        /// Whether the thread is, or is about to be, in epoll_wait without a wake-up under way.
        var sleeping = false
        var stopping = false
        var watched: [UInt64: Watch] = [:]
        var lastToken: UInt64 = 0
        var gathering = Gathering()
        var pace = LoopPace()
    }

    private struct Watch {
        var wakeups: Wakeups
        var slot: Int
    }

    private let epoll: Int32
    private let wakeDescriptor: Int32
    private let shared = Mutex(Shared())

    /// Makes a loop and starts its thread.
    ///
    /// Throws when the kernel has no descriptor or thread left to give.
    public init() throws(Errno) {
        epoll = try systemCall { epoll_create1(Int32(EPOLL_CLOEXEC)) }
        wakeDescriptor = try systemCall {
            eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        }
        shared.withLock { $0.pace.turnBegan(at: .now, due: nil) }
        let (set, wake) = (epoll, wakeDescriptor)
        try systemCall {
            lastcall_epoll_add(set, wake, lastcall_epoll_in | lastcall_epoll_edge, 0)
        }
        try DetachedThread.start { while self.turn() {} }
    }

    deinit {
        _ = close(epoll)
        _ = close(wakeDescriptor)
    }

    /// Ends the loop's thread after the jobs that are due.
    ///
    /// Tasks that still prefer it never resume.
    public func stop() {
        shared.withLock { $0.stopping = true }
        wake()
    }

    /// Takes a job for the loop's thread, from any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = shared.withLock { shared in
            shared.jobs.append(job)
            defer { shared.sleeping = false }
            return shared.sleeping
        }
        if mustWake { wake() }
    }

    /// Posts the socket's readiness to `wakeups` as `slot`, from now until it is forgotten.
    ///
    /// Edge-triggered: after a wake-up the caller reads (or writes) until the kernel has no more. A
    /// listener is posted again for as long as connections wait to be accepted.
    ///
    /// - Returns: the token by which the socket is forgotten.
    public func watch(
        _ socket: borrowing TCPSocket, for wakeups: Wakeups, slot: Int, isListener: Bool = false
    ) throws(Errno) -> WatchToken {
        let token = shared.withLock { shared in
            shared.lastToken += 1
            shared.watched[shared.lastToken] = Watch(wakeups: wakeups, slot: slot)
            return shared.lastToken
        }
        let (set, descriptor) = (epoll, socket.descriptor)
        let events =
            isListener
            ? lastcall_epoll_in
            : lastcall_epoll_in | lastcall_epoll_out | lastcall_epoll_gone | lastcall_epoll_edge
        do {
            try systemCall { lastcall_epoll_add(set, descriptor, events, token) }
        } catch {
            forget(WatchToken(value: token))
            throw error
        }
        return WatchToken(value: token)
    }

    /// Stops posting a socket's readiness.
    ///
    /// Closing the socket takes it out of the kernel's set.
    public func forget(_ token: WatchToken) {
        _ = shared.withLock { $0.watched.removeValue(forKey: token.value) }
    }

    /// Posts `wakeup` to `wakeups` when the instant has come.
    public func post(
        _ wakeup: Wakeup, to wakeups: Wakeups, at instant: ContinuousClock.Instant
    ) {
        addTimer(at: instant) { wakeups.post(wakeup) }
    }

    /// Runs `action` on the loop's thread when the instant has come.
    ///
    /// - Returns: the timer's name, for `removeTimer`.
    @discardableResult
    func addTimer(
        at instant: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void
    ) -> UInt64 {
        let (name, mustWake) = shared.withLock { shared in
            let isFirst = shared.timers.next.map { instant < $0 } ?? true
            let name = shared.timers.insert(at: instant, action)
            guard isFirst, shared.sleeping else { return (name, false) }
            shared.sleeping = false
            return (name, true)
        }
        if mustWake { wake() }
        return name
    }

    /// Forgets a timer; its action is returned if it had not been due.
    func removeTimer(_ name: UInt64) -> (@Sendable () -> Void)? {
        shared.withLock { $0.timers.remove(name) }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, 8)
    }

    // MARK: The thread

    /// How long the thread has been behind in all: handling what had come, or kept from running.
    ///
    /// What comes in that time waits here to be heard.
    package var behind: Duration { shared.withLock { $0.pace.behind(at: .now) } }

    /// One turn; `false` ends the thread.
    private func turn() -> Bool {
        let (jobs, due, mustEnd) = shared.withLock { shared in
            defer { shared.jobs = [] }
            let due = shared.timers.isEmpty ? [] : shared.timers.removeDue(at: .now)
            return (shared.jobs, due, shared.stopping && shared.jobs.isEmpty)
        }
        if mustEnd { return false }
        for action in due { action() }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        poll()
        return true
    }

    /// Asks the kernel what is ready, and posts it.
    private func poll() {
        shared.withLock { $0.pace.turnEnded(at: .now) }
        gather()
        let timeout: Int32 = shared.withLock { shared in
            guard shared.jobs.isEmpty, !shared.stopping else { return 0 }
            shared.sleeping = true
            guard let next = shared.timers.next else { return -1 }
            return Self.milliseconds(until: next)
        }
        let limit = 256
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: limit) { events in
            let count = epoll_wait(epoll, events.baseAddress, Int32(limit), timeout)
            shared.withLock { shared in
                shared.sleeping = false
                shared.gathering.polled(Int(count))
                shared.pace.turnBegan(at: .now, due: shared.timers.next)
            }
            guard count > 0, let base = events.baseAddress else { return }
            for index in 0..<count {
                let token = lastcall_epoll_token(base, index)
                if token == 0 {
                    var value: UInt64 = 0
                    _ = read(wakeDescriptor, &value, 8)
                } else if let watch = shared.withLock({ $0.watched[token] }) {
                    let ready = lastcall_epoll_events(base, index)
                    watch.wakeups.post(Self.wakeup(ready, slot: watch.slot))
                }
            }
        }
    }

    /// Lets a moment pass when many sockets are watched but few were ready, so that what becomes
    /// ready in it is handled together.
    private func gather() {
        let pause = shared.withLock { shared in
            guard shared.jobs.isEmpty, shared.watched.count >= Gathering.socketThreshold else {
                return UInt32(0)
            }
            return shared.gathering.microseconds
        }
        if pause > 0 { usleep(pause) }
    }

    private static func wakeup(_ ready: UInt32, slot: Int) -> Wakeup {
        var wakeup: Wakeup = []
        // An end or an error shows in the next read or write.
        let gone = ready & lastcall_epoll_gone != 0
        if gone { wakeup.insert(.gone(slot)) }
        if gone || ready & lastcall_epoll_in != 0 { wakeup.insert(.readable(slot)) }
        if gone || ready & lastcall_epoll_out != 0 { wakeup.insert(.writable(slot)) }
        return wakeup
    }

    /// Rounded up, so that a timer is never early.
    private static func milliseconds(until instant: ContinuousClock.Instant) -> Int32 {
        let (seconds, attoseconds) = (instant - .now).components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 3600 else { return 3_600_000 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

/// How long a loop lets readiness gather before it asks for it.
///
/// A wake-up costs as much as handling several events. When hundreds of hosts answer one after the
/// other, slowly, each would cost a wake-up of its own; a pause of up to 8 ms joins them, which no
/// person and no window of hosts notices. When many are ready at once there is nothing to wait for.
struct Gathering {
    /// From how many watched sockets on it is worth it.
    static let socketThreshold = 32

    private static let fewEvents = 16
    private static let shortest: UInt32 = 250
    private static let longest: UInt32 = 8000

    /// The pause before the next poll.
    private(set) var microseconds: UInt32 = 0

    /// A poll found so many sockets ready.
    mutating func polled(_ count: Int) {
        if count < Self.fewEvents {
            microseconds = min(Self.longest, max(Self.shortest, microseconds * 2))
        } else {
            microseconds = microseconds / 2 < Self.shortest ? 0 : microseconds / 2
        }
    }
}

/// Names a watched socket of an event loop.
public struct WatchToken: Hashable, Sendable {
    let value: UInt64
}
