// SPDX-License-Identifier: Apache-2.0

/// The local ports of one kind, and what they are used for.
///
/// A port counts once, for the first of these that it is used for: a listener or another bound
/// socket, an open connection, a closing one, TIME-WAIT.
package struct LocalPortRange: Hashable, Sendable {
    /// Who gets a port of the range.
    package enum Kind: Hashable, Sendable {
        /// Root, or who has `CAP_NET_BIND_SERVICE` (`ip_unprivileged_port_start`).
        case privileged
        /// Whoever names no port: the kernel chooses (`ip_local_port_range`).
        case automatic
        /// Whoever names it.
        case named

        /// The kind in one word, for programs.
        var name: String {
            switch self {
            case .privileged: "privileged"
            case .automatic: "automatic"
            case .named: "named"
            }
        }
    }

    package var ports: ClosedRange<UInt16>
    package var kind: Kind
    /// Ports that listeners and other bound sockets hold.
    package var bound = 0
    package var open = 0
    package var closing = 0
    package var timeWait = 0

    /// Ports without any socket.
    package var free: Int { ports.count - bound - open - closing - timeWait }

    /// The ranges of all ports but 0, in order.
    static func all(_ settings: PortSettings) -> [LocalPortRange] {
        let automatic = settings.automaticPorts
        let cuts = [
            1, Int(settings.firstUnprivilegedPort), Int(automatic.lowerBound),
            Int(automatic.upperBound) + 1, 65_536,
        ]
        let starts = Set(cuts.filter { (1...65_536).contains($0) }).sorted()
        return zip(starts, starts.dropFirst())
            .compactMap { start, next in
                guard let first = UInt16(exactly: start), let last = UInt16(exactly: next - 1)
                else { return nil }
                let kind: Kind =
                    automatic.contains(first)
                    ? .automatic
                    : first < settings.firstUnprivilegedPort ? .privileged : .named
                return LocalPortRange(ports: first...last, kind: kind)
            }
    }
}

/// What local ports are used for, while a table is summed up.
struct LocalPortUses {
    var bound = PortSet()
    var open = PortSet()
    var closing = PortSet()
    var timeWait = PortSet()

    /// The ranges with their counts.
    func counted(_ settings: PortSettings) -> [LocalPortRange] {
        let held = bound.union(open)
        let open = open.subtracting(bound)
        let closing = closing.subtracting(held)
        let timeWait = timeWait.subtracting(held.union(closing))
        return LocalPortRange.all(settings)
            .map { range in
                var range = range
                range.bound = bound.count(in: range.ports)
                range.open = open.count(in: range.ports)
                range.closing = closing.count(in: range.ports)
                range.timeWait = timeWait.count(in: range.ports)
                return range
            }
    }
}
