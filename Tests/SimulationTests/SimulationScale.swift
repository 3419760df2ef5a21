// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How much is simulated; `Scripts/simulate` asks for more than an everyday test run.
enum SimulationScale {
    /// How many worlds.
    static let seeds = number("LASTCALL_SIMULATION_SEEDS") ?? 300
    /// The seed of the first world.
    static let firstSeed = number("LASTCALL_SIMULATION_FIRST_SEED") ?? 0
    /// How many hosts each has.
    static let hosts = number("LASTCALL_SIMULATION_HOSTS") ?? 1_000

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}
