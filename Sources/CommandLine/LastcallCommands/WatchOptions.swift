// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `--watch`, and how long and how often.
struct WatchOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Go on looking: a table on a terminal, else a line per destination each time."))
    var watch = false

    @Option(
        help: ArgumentHelp("The time between two looks (default: 2s).", valueName: "duration"),
        transform: DurationArgument.parse)
    var interval: DurationArgument?

    @Option(help: ArgumentHelp("Stop after so many looks.", valueName: "number"))
    var count: Int?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Stop after this time.", valueName: "duration"),
        transform: DurationArgument.parse)
    var time: DurationArgument?

    private static let shortest = Duration.milliseconds(100)

    func validate() throws {
        if !watch, interval != nil || count != nil || time != nil {
            throw ValidationError("--interval, --count and --for need --watch")
        }
        if let count, count < 1 { throw ValidationError("--count \(count): at least 1") }
        if let interval, interval.duration.map({ $0 < Self.shortest }) ?? true {
            throw ValidationError("--interval: at least 100ms")
        }
    }

    /// The time between two looks.
    var pause: Duration { interval?.duration ?? .seconds(2) }
}
