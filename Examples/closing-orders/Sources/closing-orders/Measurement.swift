// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// How fast layers are explored: each one again and again for half a second.
enum Measurement {
    static func table() {
        print("| layer | orders | counted in | states a second | made in | orders a second |")
        print("|---|---:|---:|---:|---:|---:|")
        for layer in Layer.all + [.losses(3), .losses(4), .duplicates(2), .timers(losses: 2)] {
            print(row(layer))
        }
    }

    private static func row(_ layer: Layer) -> String {
        let exploration = Exploration(layer)
        let census = exploration.census()
        let counted = seconds { precondition(exploration.census().orders == census.orders) }
        var cells = [
            "`\(layer.name)`", "\(census.orders)", text(counted),
            rounded(Double(census.connections) / counted),
        ]
        if census.orders <= 20_000 {
            let made = seconds { precondition(exploration.orders().count == census.orders) }
            cells += [text(made), rounded(Double(census.orders) / made)]
        } else {
            cells += ["not tried", ""]
        }
        return "| " + cells.joined(separator: " | ") + " |"
    }

    /// Seconds that one call takes: the quickest of all, as other programs can only slow it down.
    private static func seconds(_ work: () -> Void) -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        var quickest = Duration.seconds(3600)
        repeat {
            quickest = min(quickest, clock.measure(work))
        } while start.duration(to: clock.now) < .milliseconds(500)
        return quickest / .seconds(1)
    }

    private static func text(_ seconds: Double) -> String {
        let microseconds = Int(seconds * 1e6 + 0.5)
        return microseconds < 10_000 ? "\(microseconds) µs" : "\(microseconds / 1000) ms"
    }

    /// Two digits, the rest zeros: more would not come out the same again.
    private static func rounded(_ rate: Double) -> String {
        var unit = 1
        while rate / Double(unit) >= 100 { unit *= 10 }
        return "\(Int(rate / Double(unit) + 0.5) * unit)"
    }
}
