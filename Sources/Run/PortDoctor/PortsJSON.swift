// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import TextForms

/// The port economy as one JSON object on one line; `Docs/ports.md` is its reference.
package enum PortsJSON {
    /// The line, with its newline.
    package static func line(_ economy: PortEconomy, counters: PortCounters) -> [UInt8] {
        object(economy, counters: counters).line()
    }

    /// The object, to which members may be added.
    static func object(_ economy: PortEconomy, counters: PortCounters) -> JSONText {
        var object = JSONText()
        object.member("v", 1)
        object.member("ports", ports(economy))
        object.member("time_wait", timeWait(economy, counters))
        object.member("total", count(economy.total))
        object.member("outgoing", economy.outgoing.map(outgoing))
        object.member("incoming", economy.incoming.map(incoming))
        object.member("ranges", economy.ranges.map(range))
        object.member("memory", memory(economy, counters))
        object.member("counters", self.counters(counters))
        return object
    }

    private static func ports(_ economy: PortEconomy) -> JSONText {
        var object = JSONText()
        object.member("first", Int(economy.settings.automaticPorts.lowerBound))
        object.member("last", Int(economy.settings.automaticPorts.upperBound))
        object.member("automatic", economy.settings.automaticPortCount)
        object.member("bound", economy.boundPorts)
        object.member("listeners", economy.listeners)
        return object
    }

    private static func timeWait(_ economy: PortEconomy, _ counters: PortCounters) -> JSONText {
        var object = JSONText()
        object.member("count", economy.total.timeWait)
        object.member("limit", economy.settings.timeWaitLimit)
        object.member("tw_reuse", Int(economy.settings.reuse.setting.rawValue))
        object.member("timestamps", economy.settings.usesTimestamps)
        return object
    }

    private static func count(_ count: PortEconomy.ConnectionCount) -> JSONText {
        var object = JSONText()
        add(count, to: &object)
        return object
    }

    private static func add(_ count: PortEconomy.ConnectionCount, to object: inout JSONText) {
        object.member("open", count.open)
        object.member("closing", count.closing)
        object.member("close_wait", count.closeWait)
        object.member("time_wait", count.timeWait)
    }

    private static func outgoing(_ use: PortEconomy.Outgoing) -> JSONText {
        var object = JSONText()
        object.member("address", "\(use.destination.address)")
        object.member("port", Int(use.destination.port))
        add(use.count, to: &object)
        object.member("sources", use.sourceCount)
        object.member("free", use.freePorts)
        object.member("sustainable_per_second", number: decimal(use.sustainableRate))
        object.member("closed_here_per_second", number: decimal(use.closingRate))
        if let exhausted = use.exhaustedIn {
            object.member("exhausted_in", number: DurationText.seconds(exhausted))
        }
        object.member("slow_search", use.isSearchSlow)
        return object
    }

    private static func incoming(_ use: PortEconomy.Incoming) -> JSONText {
        var object = JSONText()
        object.member("port", Int(use.localPort))
        object.member("listening", use.isListening)
        add(use.count, to: &object)
        object.member("closed_here_per_second", number: decimal(use.closingRate))
        return object
    }

    private static func range(_ range: LocalPortRange) -> JSONText {
        var object = JSONText()
        object.member("first", Int(range.ports.lowerBound))
        object.member("last", Int(range.ports.upperBound))
        object.member("kind", range.kind.name)
        object.member("bound", range.bound)
        object.member("open", range.open)
        object.member("closing", range.closing)
        object.member("time_wait", range.timeWait)
        object.member("free", range.free)
        return object
    }

    private static func memory(_ economy: PortEconomy, _ counters: PortCounters) -> JSONText {
        var object = JSONText()
        object.member("records", economy.recordBytes)
        object.member("time_wait", economy.total.timeWait * TimeWait.recordBytes)
        object.member("machine_buffers", counters.bufferBytes)
        return object
    }

    private static func counters(_ counters: PortCounters) -> JSONText {
        var object = JSONText()
        object.member("time_waits", counters.timeWaits)
        object.member("taken_over", counters.takenOver)
        object.member("killed", counters.killed)
        object.member("overflowed", counters.overflowed)
        object.member("listen_overflows", counters.listenOverflows)
        object.member("aborted_unread", counters.abortedUnread)
        object.member("aborted_silent", counters.abortedSilent)
        return object
    }

    /// A number with one place, which is what the rates are worth.
    static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
