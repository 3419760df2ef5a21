// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
package import TCPClosing

/// Where this machine's ports are: how many connections go where, how many are closing, how many
/// ports are left, and for how long at the rate seen.
///
/// A pure sum over the socket table. TIME-WAIT says when each connection was closed, since all rest
/// for the same time: one look at the table tells the rate of the last minute.
package struct PortEconomy: Hashable, Sendable {
    /// The connections to one remote address and port.
    package struct Outgoing: Hashable, Sendable {
        package var destination: Destination
        package var count: ConnectionCount
        /// Distinct addresses of this machine they come from; each has all ports to itself.
        package var sourceCount: Int
        /// Ports towards there that the kernel can still choose, from the addresses used now.
        package var freePorts: Int
        /// How many connections a second it can bear for ever if this end closes first.
        package var sustainableRate: Double
        /// How many a second this end has closed first, of late.
        package var closingRate: Double
        /// When no port is left if that goes on; `nil` when that never happens.
        package var exhaustedIn: Duration?
        /// Whether more than half of the ports are in use: the kernel's search, which tries those of
        /// one parity first, is slow from there on (measured: 12 µs, then 230 µs, for 8,000 ports).
        package var isSearchSlow: Bool
    }

    /// The connections to one port of this machine.
    package struct Incoming: Hashable, Sendable {
        package var localPort: UInt16
        /// Whether somebody listens there now.
        package var isListening: Bool
        package var count: ConnectionCount
        /// How many a second this end has closed first, of late.
        package var closingRate: Double
    }

    /// Connections by what their ports are kept for.
    package struct ConnectionCount: Hashable, Sendable {
        /// ESTABLISHED, or on the way there.
        package var open = 0
        /// Closing, but not in TIME-WAIT; a process may still have its descriptor.
        package var closing = 0
        /// CLOSE-WAIT: the other end has closed, and a program here has not.
        package var closeWait = 0
        /// TIME-WAIT.
        package var timeWait = 0

        package var total: Int { open + closing + closeWait + timeWait }

        mutating func add(_ state: SocketState) {
            switch state {
            case .established, .synSent, .synReceived, .newSynReceived: open += 1
            case .finWait1, .finWait2, .closing, .lastAck: closing += 1
            case .closeWait: closeWait += 1
            case .timeWait: timeWait += 1
            case .closed, .listen, .bound: break
            }
        }
    }

    package var settings: PortSettings
    /// By how much of their ports is in use, most first.
    package var outgoing: [Outgoing]
    /// By number of connections, most first.
    package var incoming: [Incoming]
    package var total: ConnectionCount
    package var listeners: Int
    /// Ports the kernel may choose from and cannot, because a socket is bound to them.
    package var boundPorts: Int

    /// The span of time the rates are about.
    package static let rateWindow = Duration.seconds(10)
}

extension PortEconomy {
    /// Sums up a table.
    package init(of sockets: some Sequence<SocketSnapshot>, settings: PortSettings) {
        var tally = Tally(settings: settings)
        for socket in sockets { tally.add(socket) }
        self = tally.economy()
    }
}

/// The sum while it is made: one pass over what may be hundreds of thousands of sockets.
private struct Tally {
    struct Side: Hashable {
        var local: InternetAddress
        var remote: Destination
    }

    struct Group {
        var count = PortEconomy.ConnectionCount()
        /// TIME-WAIT by how long ago it began: within the rate window, and before.
        var recent = 0
        /// Old enough to be taken over.
        var reusable = 0
        /// Ports in use that the kernel could have chosen.
        var automatic = 0
    }

    struct Flow: Hashable {
        var localPort: UInt16
        var remotePort: UInt16
    }

    let settings: PortSettings
    var listening: Set<UInt16> = []
    var bound: Set<UInt16> = []
    var connections: [SocketSnapshot] = []

    mutating func add(_ socket: SocketSnapshot) {
        switch socket.state {
        case .listen: listening.insert(socket.localPort)
        case .closed, .bound: bound.insert(socket.localPort)
        case .established, .synSent, .synReceived, .newSynReceived, .finWait1, .finWait2, .closing,
            .lastAck, .closeWait, .timeWait:
            // A handshake at a listener holds no port of its own, and an inode of 0 is normal.
            connections.append(socket)
        }
    }

    func economy() -> PortEconomy {
        var outgoing: [Side: Group] = [:]
        var incoming: [UInt16: Group] = [:]
        var total = PortEconomy.ConnectionCount()
        for socket in connections {
            total.add(socket.state)
            if isIncoming(socket) {
                count(socket, in: &incoming[socket.localPort, default: Group()])
            } else {
                let side = Side(
                    local: socket.localAddress.unmapped,
                    remote: Destination(
                        address: socket.remoteAddress.unmapped, port: socket.remotePort))
                count(socket, in: &outgoing[side, default: Group()])
            }
        }
        let taken = listening.union(bound).count(where: settings.isAutomatic)
        let ports = max(0, settings.automaticPortCount - taken)
        return PortEconomy(
            settings: settings, outgoing: sides(outgoing, ports: ports),
            incoming: services(incoming), total: total, listeners: listening.count,
            boundPorts: taken)
    }

    /// Whose port tells: a service's is listened on, or lies outside of what the kernel chooses
    /// from while the other end's does not.
    private func isIncoming(_ socket: SocketSnapshot) -> Bool {
        if listening.contains(socket.localPort) { return true }
        if settings.isAutomatic(socket.localPort) { return false }
        return settings.isAutomatic(socket.remotePort)
    }

    private func count(_ socket: SocketSnapshot, in group: inout Group) {
        group.count.add(socket.state)
        if settings.isAutomatic(socket.localPort) { group.automatic += 1 }
        guard socket.state == .timeWait else { return }
        let left = Duration.milliseconds(socket.timer?.milliseconds ?? 0)
        let age = TimeWait.length - left
        if age < PortEconomy.rateWindow { group.recent += 1 }
        if age > settings.reuse.delay, settings.isAutomatic(socket.localPort) {
            group.reusable += 1
        }
    }

    private func sides(_ groups: [Side: Group], ports: Int) -> [PortEconomy.Outgoing] {
        var bySource: [Destination: [Group]] = [:]
        for (side, group) in groups { bySource[side.remote, default: []].append(group) }
        return
            bySource.map { destination, groups in
                let takesOver = settings.takesOver(towards: destination.address)
                var count = PortEconomy.ConnectionCount()
                var (recent, used) = (0, 0)
                for group in groups {
                    count += group.count
                    recent += group.recent
                    used += group.automatic - (takesOver ? group.reusable : 0)
                }
                let all = ports * groups.count
                let free = max(0, all - used)
                let rate = Double(recent) / (PortEconomy.rateWindow / .seconds(1))
                let rest = settings.rest(towards: destination.address)
                return PortEconomy.Outgoing(
                    destination: destination, count: count, sourceCount: groups.count,
                    freePorts: free,
                    sustainableRate: TimeWait.sustainableRate(ports: all, rest: rest),
                    closingRate: rate,
                    exhaustedIn: exhaustion(
                        free: free, all: all, count: count, recent: recent, rate: rate, rest: rest),
                    isSearchSlow: 2 * used > all)
            }
            .sorted { ($1.freePorts, "\($0.destination)") > ($0.freePorts, "\($1.destination)") }
    }

    /// When the last port is taken if connections go on being closed at this rate.
    ///
    /// What is older than the rate window ends within the rest of the minute, at its own rate.
    private func exhaustion(
        free: Int, all: Int, count: PortEconomy.ConnectionCount, recent: Int, rate: Double,
        rest: Duration
    ) -> Duration? {
        guard free > 0 else { return .zero }
        let restSeconds = rest / .seconds(1)
        // In the long run so many rest at once.
        guard rate * restSeconds + Double(count.total - count.timeWait) > Double(all) else {
            return nil
        }
        let olderSpan = (TimeWait.length - PortEconomy.rateWindow) / .seconds(1)
        let ending = Double(count.timeWait - recent) / olderSpan
        guard rate > ending else { return nil }
        return .seconds(Double(free) / (rate - ending))
    }

    private func services(_ groups: [UInt16: Group]) -> [PortEconomy.Incoming] {
        groups.map { port, group in
            PortEconomy.Incoming(
                localPort: port, isListening: listening.contains(port), count: group.count,
                closingRate: Double(group.recent) / (PortEconomy.rateWindow / .seconds(1)))
        }
        .sorted { ($0.count.total, $1.localPort) > ($1.count.total, $0.localPort) }
    }
}

extension PortEconomy.ConnectionCount {
    static func += (sum: inout Self, count: Self) {
        sum.open += count.open
        sum.closing += count.closing
        sum.closeWait += count.closeWait
        sum.timeWait += count.timeWait
    }
}
