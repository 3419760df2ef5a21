// SPDX-License-Identifier: Apache-2.0

package import RunModel

/// What one simulated host does, as far as nobody stops it; a `nil` duration is for ever.
package struct HostScript: Hashable, Sendable {
    /// How the host answers.
    package enum Answer: Hashable, Sendable {
        /// It takes the command.
        case accepts
        /// It refuses, and the command is not started.
        case refuses
    }

    /// How the command ends.
    package enum Ending: Hashable, Sendable {
        case exits(Int)
        case diesOfSignal(Int)
        /// The connection is lost before a status comes.
        case losesConnection
    }

    /// What the command does when it is signalled.
    package enum SignalAnswer: Hashable, Sendable {
        case dies(after: Duration)
        /// It traps the signal and exits.
        case exits(Int, after: Duration)
        case ignores
    }

    /// How long it waits for something on this machine first; `nil` is not at all.
    package var waiting: Duration?
    package var connecting: Duration?
    package var answer: Answer
    /// Pieces of output, with the time before each.
    package var output: [Duration]
    /// From the last output to the end of the command.
    package var running: Duration?
    package var ending: Ending
    /// From the exit status to the end of the session.
    package var closing: Duration?
    package var onSignal: SignalAnswer
    /// How long the session takes to end once it was told to reset the connection.
    package var resetting: Duration

    /// The longest a session takes to end once it was told to reset the connection.
    package static let longestReset = Duration.milliseconds(200)

    /// Draws what a host does; it stalls only where a limit of the run will end it.
    package init(host: Int, of seed: Seed, limits: RunLimits) {
        var numbers = seed.numbers(host)
        let mayStallConnecting = limits.connectTimeout != nil
        let mayStallRunning = limits.commandTimeout != nil
        waiting = numbers.chance(5) ? numbers.tenths(upTo: 30) : nil
        connecting =
            mayStallConnecting && numbers.chance(3)
            ? nil : numbers.tenths(upTo: numbers.chance(10) ? 100 : 5)
        answer = numbers.chance(5) ? .refuses : .accepts
        output = (0..<numbers.below(3)).map { _ in numbers.tenths(upTo: 2) }
        running =
            mayStallRunning && numbers.chance(3)
            ? nil : numbers.tenths(upTo: numbers.chance(10) ? 200 : 10)
        ending =
            switch numbers.below(20) {
            case 0: .diesOfSignal(11)
            case 1: .losesConnection
            case 2...4: .exits(numbers.below(256))
            case _: .exits(0)
            }
        closing = mayStallRunning && numbers.chance(2) ? nil : numbers.tenths(upTo: 2)
        onSignal =
            switch numbers.below(4) {
            case 0: .ignores
            case 1: .exits(numbers.below(2) * 143, after: numbers.tenths(upTo: 20))
            case _: .dies(after: numbers.tenths(upTo: 5))
            }
        resetting = .milliseconds(100 * numbers.below(3))
    }

    /// The outcomes this host may have when nobody interrupts the run and no reader is behind:
    /// computed from the script and the limits alone, two when things happen at the same moment.
    package func outcomes(limits: RunLimits) -> Set<HostOutcome> {
        var possible: Set<HostOutcome> = []
        switch (connecting, limits.connectTimeout) {
        case (nil, _): return [.timedOut(.connecting)]
        case (let time?, let timeout?) where time > timeout: return [.timedOut(.connecting)]
        case (let time?, let timeout?) where time == timeout: possible = [.timedOut(.connecting)]
        case (_?, _): break
        }
        if answer == .refuses { return possible.union([.notReached(Self.refusal)]) }
        let ran = running.map { output.reduce($0, +) }
        switch (ran, limits.commandTimeout) {
        case (nil, _): return possible.union([.timedOut(.running)])
        case (let time?, let timeout?) where time > timeout:
            return possible.union([.timedOut(.running)])
        case (let time?, let timeout?) where time == timeout: possible.insert(.timedOut(.running))
        case (_?, _): break
        }
        return possible.union([outcome])
    }

    /// How the command ends by itself.
    package var outcome: HostOutcome {
        switch ending {
        case .exits(let code): .exited(code)
        case .diesOfSignal(let signal): .signalled(signal)
        case .losesConnection: .noStatus(Self.loss)
        }
    }

    package static let refusal = HostFailure(.connectionRefused, "nothing listens")
    package static let loss = HostFailure(.connectionLost, "the connection was lost")
}
