// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// The port economy in Prometheus' text format, version 0.0.4.
package struct PortsMetrics {
    /// The whole text, with a newline at the end.
    package private(set) var text = ""

    /// - Parameters:
    ///   - economy: what is told.
    ///   - counters: what the kernel has counted.
    ///   - limit: how many destinations and services have series of their own, the busiest ones: the
    ///     rest would fill the store that scrapes them.
    package init(_ economy: PortEconomy, counters: PortCounters, limit: Int = 100) {
        let outgoing = economy.outgoing.prefix(limit)
            .map { use in
                ("{address=\"\(use.destination.address)\",port=\"\(use.destination.port)\"}", use)
            }
        let incoming = economy.incoming.prefix(limit)
            .map { ("{port=\"\($0.localPort)\"}", $0) }
        gauge(
            "outgoing_ports_free", "Local ports that can still be chosen towards a destination.",
            outgoing.map { ($0, "\($1.freePorts)") })
        gauge(
            "outgoing_connections", "Connections to a destination, in any state.",
            outgoing.map { ($0, "\($1.count.total)") })
        gauge(
            "outgoing_time_wait", "Connections to a destination in TIME-WAIT.",
            outgoing.map { ($0, "\($1.count.timeWait)") })
        gauge(
            "outgoing_sustainable_per_second",
            "Connections a second that a destination bears for ever if this end closes first.",
            outgoing.map { ($0, PortsJSON.decimal($1.sustainableRate)) })
        gauge(
            "outgoing_closed_here_per_second",
            "Connections a second that were closed here first, in the last 10 s.",
            outgoing.map { ($0, PortsJSON.decimal($1.closingRate)) })
        gauge(
            "outgoing_exhausted_in_seconds",
            "When no port is left at this rate; no series where that never happens.",
            outgoing.compactMap { labels, use in
                use.exhaustedIn.map { (labels, PortsJSON.decimal($0 / .seconds(1))) }
            })
        gauge(
            "incoming_connections", "Connections to a port of this machine, in any state.",
            incoming.map { ($0, "\($1.count.total)") })
        gauge(
            "incoming_time_wait", "Connections to a port of this machine in TIME-WAIT.",
            incoming.map { ($0, "\($1.count.timeWait)") })
        gauge(
            "local_ports", "Local ports by what they are used for.",
            economy.ranges.flatMap(Self.series))
        gauge(
            "socket_records_bytes", "Kernel memory of the sockets' records.",
            [("", "\(economy.recordBytes)")])
        gauge(
            "machine_buffers_bytes", "Kernel memory of all TCP buffers of the machine.",
            [("", "\(counters.bufferBytes)")])
        gauge("time_wait", "Sockets in TIME-WAIT.", [("", "\(economy.total.timeWait)")])
        gauge(
            "time_wait_limit", "tcp_max_tw_buckets.", [("", "\(economy.settings.timeWaitLimit)")])
        gauge(
            "close_wait", "Connections that a program here has not closed.",
            [("", "\(economy.total.closeWait)")])
        counter("time_waits_total", "Connections that went into TIME-WAIT.", counters.timeWaits)
        counter(
            "time_wait_overflows_total", "Connections that skipped TIME-WAIT for want of room.",
            counters.overflowed)
        counter(
            "time_waits_taken_over_total", "TIME-WAITs that a new connection took over.",
            counters.takenOver)
        counter(
            "time_waits_killed_total", "TIME-WAITs that ended early, by RST or by force.",
            counters.killed)
        counter(
            "listen_overflows_total", "Connections that found a listener's queue full.",
            counters.listenOverflows)
    }

    private static func series(of range: LocalPortRange) -> [(String, String)] {
        let ports = "\(range.ports.lowerBound)-\(range.ports.upperBound)"
        return [
            ("bound", range.bound), ("open", range.open), ("closing", range.closing),
            ("time_wait", range.timeWait), ("free", range.free),
        ]
        .map { use, count in
            ("{range=\"\(ports)\",kind=\"\(range.kind.name)\",use=\"\(use)\"}", "\(count)")
        }
    }

    private mutating func gauge(_ name: String, _ help: String, _ series: [(String, String)]) {
        head(name, help, "gauge")
        for (labels, value) in series { text += "lastcall_\(name)\(labels) \(value)\n" }
    }

    private mutating func counter(_ name: String, _ help: String, _ value: Int) {
        head(name, help, "counter")
        text += "lastcall_\(name) \(value)\n"
    }

    private mutating func head(_ name: String, _ help: String, _ kind: String) {
        text += "# HELP lastcall_\(name) \(help)\n# TYPE lastcall_\(name) \(kind)\n"
    }
}
