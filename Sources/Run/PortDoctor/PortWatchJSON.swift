// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import TextForms

/// What a watch has seen as one JSON object on one line: the port economy, and what only time tells.
package enum PortWatchJSON {
    /// The line.
    ///
    /// - Parameters:
    ///   - watch: what has been seen.
    ///   - economy: that of the latest look.
    ///   - counters: the kernel's.
    ///   - elapsed: since the watch began.
    ///   - programsAreHidden: whether other users' programs cannot be seen.
    /// - Returns: JSON with a newline.
    package static func line(
        _ watch: PortWatch, _ economy: PortEconomy, counters: PortCounters, elapsed: Duration,
        programsAreHidden: Bool
    ) -> [UInt8] {
        var object = PortsJSON.object(economy, counters: counters)
        object.member("elapsed", number: DurationText.seconds(elapsed))
        object.member(
            "trends",
            economy.outgoing.map { use in
                var trend = place(.destination(use.destination))
                trend.member("opened_per_second", number: rate(watch, trend: use))
                if let exhausted = watch.exhaustion(of: use) {
                    trend.member("exhausted_in", number: DurationText.seconds(exhausted))
                }
                return trend
            }
                + economy.incoming.map { use in
                    var trend = place(.service(use.localPort))
                    let opened = watch.trend(of: .service(use.localPort)).latest
                    trend.member("opened_per_second", number: PortsJSON.decimal(opened))
                    return trend
                })
        object.member("closings", watch.closings.map(closing))
        object.member("untold", watch.untold)
        object.member("lost_ends", watch.hasLostEnds)
        object.member("programs_hidden", programsAreHidden)
        return object.line()
    }

    private static func rate(_ watch: PortWatch, trend use: PortEconomy.Outgoing) -> String {
        PortsJSON.decimal(watch.trend(of: .destination(use.destination)).latest)
    }

    private static func place(_ place: ConnectionPlace) -> JSONText {
        var object = JSONText()
        switch place {
        case .destination(let destination):
            object.member("address", "\(destination.address)")
            object.member("port", Int(destination.port))
        case .service(let port): object.member("local_port", Int(port))
        }
        return object
    }

    private static func closing(_ record: PortWatch.Record) -> JSONText {
        var object = place(record.place)
        switch record.owner {
        case .program(let name, let unit):
            object.member("program", name)
            if let unit { object.member("unit", unit) }
        case .unit(let unit): object.member("unit", unit)
        case .user(let number): object.member("user", Int(number))
        case .unseen: break
        }
        object.member("here", record.here)
        object.member("there", record.there)
        return object
    }
}
