// SPDX-License-Identifier: Apache-2.0

package import HostSets
import RunEngine
package import RunModel

/// A whole run of the real engine in a world drawn from a seed: hosts, limits, slow readers, and
/// people who press `^C`.
package struct SimulatedRun: Sendable, CustomStringConvertible {
    /// Something that is done to the run.
    package enum Disturbance: Hashable, Sendable {
        case signal(Int32)
        case cancellation
    }

    package let seed: Seed
    package let targets: Int
    package let limits: RunLimits
    package let readerDelay: Duration?
    package let order: SimulationExecutor.Order
    /// What is done to the run, with the time since the one before.
    package let disturbances: [(after: Duration, Disturbance)]

    package var description: String {
        "\(seed): \(targets) hosts, \(limits), readers behind \(readerDelay, default: "never"), "
            + "\(order), \(disturbances)"
    }

    /// Draws a world.
    package init(seed: Seed, targets: Int) {
        var numbers = seed.numbers(-2)
        let fanouts = [1, 2, 7, 32, 64, 256, max(1, targets), targets + 5]
        // A window of one or two takes too long to be drawn for many hosts.
        let fanout = fanouts[targets > 5_000 ? 3 + numbers.below(5) : numbers.below(8)]
        let connectTimeout: Duration? = numbers.chance(75) ? .seconds(1 + numbers.below(10)) : nil
        let commandTimeout: Duration? = numbers.chance(60) ? .seconds(1 + numbers.below(20)) : nil
        let stopGrace = numbers.tenths(upTo: 50)
        self.seed = seed
        self.targets = targets
        limits = RunLimits(
            fanout: fanout, connectTimeout: connectTimeout, commandTimeout: commandTimeout,
            stopGrace: stopGrace)
        readerDelay = numbers.chance(20) ? numbers.tenths(upTo: 3) : nil
        // A task group takes long to see many children end in any order but that of their start.
        order =
            fanout <= 5_000 && numbers.chance(70) ? .shuffled(seed) : .firstComeFirstServed
        // Roughly how long such a run takes.
        let tenths = 20 + targets * 15 / fanout
        disturbances = Self.disturbances(&numbers).enumerated()
            .map { place, disturbance in
                let latest = place == 0 ? tenths : numbers.chance(50) ? 20 : tenths
                return (numbers.tenths(upTo: latest), disturbance)
            }
    }

    private static func disturbances(_ numbers: inout SeededNumbers) -> [Disturbance] {
        switch numbers.below(10) {
        case 0: [.signal(2)]
        case 1: [.signal(2), .signal(2)]
        case 2: [.signal(2), .signal(2), .signal(2)]
        case 3: [.signal(15)]
        case 4: [.signal(1), .signal(15)]
        case 5: [.signal(2), .signal(15), .signal(2), .signal(2)]
        case 6: [.cancellation]
        case 7: [.signal(15), .cancellation]
        case _: []
        }
    }

    /// What came out.
    package struct Report: Sendable {
        /// `nil` when the run never ended.
        package var summary: RunSummary?
        package var digest: UInt64
        package var events: Int
        /// The broken promises; none if all is well.
        package var faults: [String]
    }

    /// Runs the world to its end.
    ///
    /// - Parameter host: the name every target has; nobody is reached by it.
    /// - Returns: how the run ended and what it broke.
    package func run(host: Host) async -> Report {
        let clock = VirtualClock()
        let executor = SimulationExecutor(clock: clock, order: order)
        let shell = ScriptedShell(seed: seed, limits: limits, clock: clock)
        let checker = RunChecker(
            targets: targets, limits: limits, clock: clock, readerDelay: readerDelay)
        let engine = Engine(shell: shell, clock: clock, events: checker)
        let request = RunRequest(
            hosts: Array(repeating: host, count: targets), command: ["true"], limits: limits)
        let checkWindow: @Sendable () -> Void = { checker.checkWindow() }
        let summary = try? await executor.run(quiescent: checkWindow) { [disturbances] in
            let (signals, sender) = AsyncStream<Int32>.makeStream()
            return await withTaskGroup(of: RunSummary?.self) { group in
                group.addTask { await engine.run(request, interruptions: signals) }
                group.addTask {
                    for (pause, disturbance) in disturbances {
                        guard (try? await clock.sleep(for: pause)) != nil else { return nil }
                        switch disturbance {
                        case .signal(let signal): sender.yield(signal)
                        // Whatever ends first, the rest is cancelled.
                        case .cancellation: return nil
                        }
                    }
                    // Only a cancellation ends early; wait until the run is over.
                    try? await clock.sleep(for: .seconds(1_000_000_000))
                    return nil
                }
                let first = await group.next() ?? nil
                if first == nil { checker.cancelling() }
                group.cancelAll()
                let second = await group.next() ?? nil
                return first ?? second
            }
        }
        var faults = checker.faults + shell.faults
        if executor.foreignJobs > 0 { faults.append("\(executor.foreignJobs) jobs from elsewhere") }
        if shell.openCount > 0 { faults.append("\(shell.openCount) sessions left open") }
        if clock.sleeperCount > 0 { faults.append("\(clock.sleeperCount) sleeps left") }
        if let summary = summary ?? nil {
            faults += self.faults(of: summary, checker)
        } else {
            faults.append("the run waits for ever")
        }
        return Report(
            summary: summary ?? nil, digest: checker.digest, events: checker.eventCount,
            faults: faults)
    }

    /// What the summary says against what the scripts say.
    private func faults(of summary: RunSummary, _ checker: RunChecker) -> [String] {
        var faults: [String] = []
        if summary.outcomes != checker.outcomes.compactMap(\.self) {
            faults.append("the summary is not what was told")
        }
        if let stopped = checker.stoppedAt {
            let slack = HostScript.longestReset + (readerDelay ?? .zero)
            let latest = (checker.abortedAt ?? stopped + limits.stopGrace) + slack
            if summary.duration > max(latest, stopped + limits.stopGrace + slack) {
                faults.append("still runs at \(summary.duration), stopped at \(stopped)")
            }
        } else if summary.stoppedBy != nil {
            faults.append("stopped by nobody")
        }
        // Slow readers move everything in time.
        guard readerDelay == nil else { return faults }
        for (host, outcome) in summary.outcomes.enumerated() {
            switch outcome {
            case .cancelled, .notStarted:
                if checker.stoppedAt == nil { faults.append("\(host) \(outcome) by nobody") }
            case .exited, .signalled, .noStatus, .notReached, .timedOut:
                let possible = HostScript(host: host, of: seed, limits: limits)
                    .outcomes(limits: limits)
                if !possible.contains(outcome) {
                    faults.append("\(host) is \(outcome), not \(possible)")
                }
            }
        }
        return faults
    }
}
