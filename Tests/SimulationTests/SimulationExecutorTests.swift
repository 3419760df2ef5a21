// SPDX-License-Identifier: Apache-2.0

import Simulation
import Testing

/// The instruments are tested too: a simulation that sees nothing proves nothing.
@Suite struct SimulationExecutorTests {
    private let clock = VirtualClock()

    @Test func `hours pass in no time, and in order`() async throws {
        let order = try await SimulationExecutor(clock: clock)
            .run { [clock] in
                await withTaskGroup(of: Int.self) { group in
                    for hours in [3, 1, 2] {
                        group.addTask {
                            try? await clock.sleep(for: .seconds(3_600 * hours))
                            return hours
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
            }
        #expect(order == [1, 2, 3])
        #expect(clock.now.offset == .seconds(3 * 3_600))
    }

    @Test func `structured concurrency stays on the thread`() async throws {
        let executor = SimulationExecutor(clock: clock)
        let sum = try await executor.run { [clock] in
            let (numbers, sender) = AsyncStream<Int>.makeStream()
            async let received = numbers.reduce(0, +)
            await withDiscardingTaskGroup { group in
                for number in 1...10 {
                    group.addTask {
                        await Task.yield()
                        try? await clock.sleep(for: .seconds(number))
                        sender.yield(number)
                    }
                }
            }
            sender.finish()
            return await received
        }
        #expect(sum == 55)
        #expect(executor.foreignJobs == 0)
    }

    @Test func `a task that is cancelled does not sleep on`() async throws {
        let ended = try await SimulationExecutor(clock: clock)
            .run { [clock] in
                await withTaskGroup(of: Bool.self) { group in
                    group.addTask {
                        do {
                            try await clock.sleep(for: .seconds(100))
                            return false
                        } catch {
                            return true
                        }
                    }
                    group.addTask {
                        try? await clock.sleep(for: .seconds(1))
                        return true
                    }
                    _ = await group.next()
                    group.cancelAll()
                    return await group.next() ?? false
                }
            }
        #expect(ended)
        #expect(clock.now.offset == .seconds(1))
        #expect(clock.sleeperCount == 0)
    }

    @Test func `work that leaves the thread is seen`() async throws {
        let executor = SimulationExecutor(clock: clock)
        try await executor.run(patience: .seconds(60)) { await Task.detached {}.value }
        #expect(executor.foreignJobs > 0)
    }

    @Test func `a sleep on another clock is seen`() async throws {
        let executor = SimulationExecutor(clock: clock)
        try await executor.run(patience: .seconds(60)) {
            try? await Task.sleep(for: .milliseconds(200))
        }
        #expect(executor.foreignJobs > 0)
    }

    @Test func `a body that waits for nothing is stuck`() async {
        await #expect(throws: SimulationExecutor.Fault.stuck) {
            try await SimulationExecutor(clock: VirtualClock())
                .run {
                    let (numbers, sender) = AsyncStream<Int>.makeStream()
                    for await _ in numbers {}
                    sender.finish()
                }
        }
    }

    @Test func `a shuffled order is another order, and the same for the same seed`() async throws {
        func order(_ seed: UInt64) async throws -> [Int] {
            let clock = VirtualClock()
            let executor = SimulationExecutor(clock: clock, order: .shuffled(Seed(seed)))
            return try await executor.run {
                await withTaskGroup(of: Int.self) { group in
                    for number in 0..<20 { group.addTask { number } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
            }
        }
        let first = try await order(1)
        #expect(try await order(1) == first)
        #expect(try await order(2) != first)
        #expect(first.sorted() == Array(0..<20))
    }
}
