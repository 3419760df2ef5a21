// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TextForms

/// The port economy for a person.
package struct PortsText {
    private let economy: PortEconomy
    private let counters: PortCounters
    private let width: Int
    /// How many destinations and services are shown.
    private let limit: Int

    /// - Parameters:
    ///   - economy: what is told.
    ///   - counters: what the kernel has counted.
    ///   - width: columns of the terminal, at least 40.
    ///   - limit: how many destinations, and how many services, have a line.
    package init(_ economy: PortEconomy, counters: PortCounters, width: Int = 80, limit: Int = 20) {
        self.economy = economy
        self.counters = counters
        self.width = max(40, width)
        self.limit = limit
    }

    /// The whole text, with a newline at the end.
    package var text: String {
        let parts =
            outgoing + [""] + incoming + [""] + local + [""] + timeWait + counted
            + memory
        return (parts + remarks).joined(separator: "\n") + "\n"
    }

    private var outgoing: [String] {
        let settings = economy.settings
        let range = "\(settings.automaticPorts.lowerBound)-\(settings.automaticPorts.upperBound)"
        let count = NumberText.grouped(settings.automaticPortCount)
        let title = "Outgoing: \(count) ports for each destination (\(range))"
        guard !economy.outgoing.isEmpty else { return [title, "  no connection"] }
        var table = ColumnText(["to", "open", "closing", "TIME-WAIT", "free", "bears/s", "seen/s"])
        for use in economy.outgoing.prefix(limit) {
            table.add([
                "\(use.destination)", NumberText.grouped(use.count.open),
                NumberText.grouped(use.count.closing + use.count.closeWait),
                NumberText.grouped(use.count.timeWait), NumberText.grouped(use.freePorts),
                NumberText.rate(use.sustainableRate), NumberText.rate(use.closingRate),
            ])
        }
        return [title] + table.lines(width: width) + more(economy.outgoing.count)
    }

    private var incoming: [String] {
        guard !economy.incoming.isEmpty else { return ["Incoming", "  no connection"] }
        var table = ColumnText(["port", "open", "closing", "CLOSE-WAIT", "TIME-WAIT", "seen/s"])
        for use in economy.incoming.prefix(limit) {
            table.add([
                use.isListening ? "\(use.localPort)" : "\(use.localPort) (nobody listens)",
                NumberText.grouped(use.count.open), NumberText.grouped(use.count.closing),
                NumberText.grouped(use.count.closeWait), NumberText.grouped(use.count.timeWait),
                NumberText.rate(use.closingRate),
            ])
        }
        return ["Incoming"] + table.lines(width: width) + more(economy.incoming.count)
    }

    private func more(_ count: Int) -> [String] {
        count > limit ? ["  and \(NumberText.grouped(count - limit)) more"] : []
    }

    private var local: [String] {
        var table = ColumnText(["port", "bound", "open", "closing", "TIME-WAIT", "free"])
        for range in economy.ranges {
            let ports = "\(range.ports.lowerBound)-\(range.ports.upperBound)"
            table.add(
                ["\(ports) \(Self.text(of: range.kind))"]
                    + [range.bound, range.open, range.closing, range.timeWait, range.free]
                    .map(NumberText.grouped))
        }
        return ["Local ports"] + table.lines(width: width)
    }

    private static func text(of kind: LocalPortRange.Kind) -> String {
        switch kind {
        case .privileged: "(root's)"
        case .automatic: "(automatic)"
        case .named: ""
        }
    }

    private var timeWait: [String] {
        let settings = economy.settings
        return [
            "TIME-WAIT: \(NumberText.grouped(economy.total.timeWait)) of at most "
                + NumberText.grouped(settings.timeWaitLimit)
        ]
    }

    /// What the kernel has counted since the namespace began.
    private var counted: [String] {
        func some(_ number: Int) -> String { NumberText.grouped(number) }
        return Paragraph.lines(
            "Counted so far: \(some(counters.timeWaits)) TIME-WAITs, \(some(counters.takenOver)) "
                + "taken over, \(some(counters.killed)) ended early, \(some(counters.overflowed)) "
                + "skipped; \(some(counters.listenOverflows)) found a listener's queue full",
            width: width)
    }

    private var memory: [String] {
        let records = NumberText.bytes(economy.recordBytes)
        let timeWait = NumberText.bytes(economy.total.timeWait * TimeWait.recordBytes)
        let buffers = NumberText.bytes(counters.bufferBytes)
        return Paragraph.lines(
            "Kernel memory: \(records) for these sockets, \(timeWait) of it for TIME-WAIT; "
                + "\(buffers) in the buffers of the whole machine",
            width: width)
    }

    /// What calls for attention, the worst first.
    private var remarks: [String] {
        var remarks: [String] = []
        for use in economy.outgoing.prefix(limit) { remarks += Self.remarks(on: use) }
        let waiting = economy.total.closeWait
        if waiting > 0 {
            remarks.append(
                "\(NumberText.grouped(waiting)) in CLOSE-WAIT: the other end has closed, a program "
                    + "here has not. They stay until it does.")
        }
        if counters.overflowed > 0 {
            remarks.append(
                "\(NumberText.grouped(counters.overflowed)) connections skipped TIME-WAIT, because "
                    + "tcp_max_tw_buckets (\(economy.settings.timeWaitLimit)) had been reached.")
        }
        if let kernel = economy.settings.kernel, !kernel.showsBoundSockets {
            remarks.append(
                "Linux \(kernel) does not show sockets that are bound and neither listen nor are "
                    + "connected (6.8 does): ports they hold count as free here.")
        }
        return remarks.flatMap { [""] + Paragraph.lines($0, width: width) }
    }

    private static func remarks(on use: PortEconomy.Outgoing) -> [String] {
        if use.freePorts == 0 {
            return [
                "\(use.destination): no port is left. A connect() there fails with EADDRNOTAVAIL "
                    + "(Cannot assign requested address)."
            ]
        }
        var remarks: [String] = []
        if let exhausted = use.exhaustedIn {
            remarks.append(
                "\(use.destination): at this rate no port is left in "
                    + "\(DurationText.short(exhausted)).")
        }
        if use.isSearchSlow {
            remarks.append(
                "\(use.destination): more than half of the ports are in use, so that the kernel "
                    + "searches long for a free one: each connect() takes many times its usual time."
            )
        }
        return remarks
    }
}

/// Prose within columns.
enum Paragraph {
    /// The words of a text in lines of at most `width` characters; a longer word has its own line.
    static func lines(_ text: String, width: Int) -> [String] {
        text.wrapped(to: width)
    }
}
