// SPDX-License-Identifier: Apache-2.0

import Glibc
import TCPClosing
import TCPSockets
import Testing

@Suite struct `An event loop` {
    private static func currentThread() -> UInt { UInt(pthread_self()) }

    @Test func `runs the tasks that prefer it on its one thread`() async throws {
        let threads = Log<UInt>()
        try await withLoop { loop in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask(executorPreference: loop) {
                        for _ in 0..<20 {
                            threads.add(Self.currentThread())
                            await Task.yield()
                        }
                    }
                }
            }
        }
        #expect(Set(threads.entries).count == 1)
        #expect(!threads.entries.contains(Self.currentThread()))
    }

    @Test func `wakes sleepers in the order of their instants, and none early`() async throws {
        var random = SystemRandomNumberGenerator()
        let delays = (1...40).shuffled(using: &random)
        let woken = Log<Int>()
        try await withLoop { loop in
            let clock = LoopClock(loop)
            let start = clock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for delay in delays {
                    group.addTask(executorPreference: loop) {
                        let deadline = start + .milliseconds(delay)
                        try await clock.sleep(until: deadline, tolerance: nil)
                        #expect(clock.now >= deadline)
                        woken.add(delay)
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(woken.entries == delays.sorted())
    }

    @Test func `ends a sleep when its task is cancelled, before or after it begins`() async throws {
        try await withLoop { loop in
            let clock = LoopClock(loop)
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<100 {
                    group.addTask(executorPreference: loop) {
                        do {
                            try await clock.sleep(for: .seconds(100_000))
                            return false
                        } catch {
                            return error is CancellationError
                        }
                    }
                }
                await Task.yield()
                group.cancelAll()
                for await cancelled in group { #expect(cancelled) }
            }
        }
    }

    @Test func `knows that it is behind while a job runs`() async throws {
        try await withLoop { loop in
            await withTaskExecutorPreference(loop) {
                let before = loop.behind
                let end = ContinuousClock.now + .milliseconds(5)
                while ContinuousClock.now < end {}
                #expect(loop.behind - before >= .milliseconds(5))
            }
        }
    }

    @Test func `loses no wake-up between threads`() async throws {
        let (ping, pong) = (Wakeups(), Wakeups())
        let rounds = 5_000
        try await withLoop { one in
            try await withLoop { other in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask(executorPreference: one) {
                        for _ in 0..<rounds {
                            ping.post(.call)
                            #expect(await pong.next() == .arrival)
                        }
                    }
                    group.addTask(executorPreference: other) {
                        for _ in 0..<rounds {
                            #expect(await ping.next() == .call)
                            pong.post(.arrival)
                        }
                    }
                }
            }
        }
    }

    @Test func `joins the wake-ups that come while nobody waits`() async {
        let wakeups = Wakeups()
        for slot in 0..<Wakeup.slotCount { wakeups.post(.readable(slot)) }
        wakeups.post(.timer)
        let next = await wakeups.next()
        for slot in 0..<Wakeup.slotCount {
            #expect(next.contains(.readable(slot)))
            #expect(!next.contains(.writable(slot)))
            #expect(!next.contains(.gone(slot)))
        }
        #expect(next.contains(.timer))
        #expect(!next.contains(.call))
    }

    @Test func `watches a thousand sockets`() async throws {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            let pool = PortPool(ports: try freePorts(2), loop: loop)
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask(executorPreference: loop) {
                    try await withThrowingTaskGroup(of: Void.self) { echoes in
                        for _ in 0..<500 {
                            let (remote, _) = try await server.accept()
                            echoes.addTask(executorPreference: loop) {
                                try await remote.send(try await remote.readToEnd())
                                try remote.shared.socket.shutDownWriting()
                            }
                        }
                        try await echoes.waitForAll()
                    }
                    return 0
                }
                for number: UInt32 in 0..<500 {
                    group.addTask(executorPreference: loop) {
                        let destination = Destination(
                            address: loopback(1 + number % 250, subnet: 1 + number / 250),
                            port: port)
                        let (end, _) = try await pool.open(destination, on: loop)
                        let question = Array("host \(number)".utf8)
                        try await end.send(question)
                        try end.shared.socket.shutDownWriting()
                        return try await end.readToEnd() == question ? 1 : 0
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(answers == 500)
        }
    }

    @Test func `leaves no descriptor behind`() async {
        await #expect(processExitsWith: .success) {
            /// A descriptor that is opened and closed again: the lowest free number.
            func lowestFree() -> Int32 {
                let descriptor = open("/dev/null", O_RDONLY)
                close(descriptor)
                return descriptor
            }
            func once() async throws {
                try await withLoop { loop in
                    let (server, port) = try Endpoint.listening(on: loop)
                    let pool = PortPool(ports: try freePorts(1), loop: loop)
                    var ends: [Endpoint] = []
                    for host: UInt32 in 1...20 {
                        let destination = Destination(address: loopback(host), port: port)
                        ends.append(try await pool.open(destination, on: loop).end)
                        ends.append(try await server.accept().0)
                    }
                }
            }
            try await once()
            let before = lowestFree()
            for _ in 0..<20 { try await once() }
            // A loop's own descriptors go when its thread has ended, which may be a little later.
            let deadline = ContinuousClock.now + .seconds(60)
            while lowestFree() > before, .now < deadline { sched_yield() }
            #expect(lowestFree() <= before)
        }
    }
}
