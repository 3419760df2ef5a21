// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
import TCPClosing

/// The sum of a socket table while it is made: one pass over what may be hundreds of thousands of
/// sockets, none of which is kept.
///
/// Listeners come before connections, as in a dump of both families.
package struct PortTally {
    private struct Side: Hashable {
        var local: InternetAddress
        var remote: Destination

        /// A number that differs for most sides, at the price of a few instructions.
        var roughHash: Int {
            let address: UInt64 =
                switch remote.address {
                case .v4(let bits): UInt64(bits)
                case .v6(let high, let low, zone: _): high ^ low
                }
            return Int(truncatingIfNeeded: address ^ address >> 8 ^ UInt64(remote.port))
        }
    }

    private struct Group {
        var count = PortEconomy.ConnectionCount()
        /// TIME-WAITs that began within the rate window.
        var recent = 0
        /// Old enough to be taken over.
        var reusable = 0
        /// Ports in use that the kernel could have chosen.
        var automatic = 0

        mutating func add(_ socket: SocketSnapshot, isAutomatic: Bool, delay: UInt32) {
            count.add(socket.state)
            if isAutomatic { automatic += 1 }
            guard socket.state == .timeWait else { return }
            let left = min(socket.timer?.milliseconds ?? 0, PortTally.timeWaitMilliseconds)
            let age = PortTally.timeWaitMilliseconds - left
            if age < PortTally.windowMilliseconds { recent += 1 }
            if age > delay, isAutomatic { reusable += 1 }
        }
    }

    private static let timeWaitMilliseconds = milliseconds(TimeWait.length)
    private static let windowMilliseconds = milliseconds(PortEconomy.rateWindow)

    /// A socket and the inode that goes with it (slab, measured).
    private static let liveSocketBytes = 3_200
    private static let mostRemembered = 256

    private let settings: PortSettings
    private var roles: PortRoles
    /// `tcp_tw_reuse_delay`, in milliseconds.
    private let reuseDelay: UInt32
    private var uses = LocalPortUses()
    private var total = PortEconomy.ConnectionCount()
    private var recordBytes = 0
    private var incoming: [UInt16: Group] = [:]
    private var places: [Side: Int] = [:]
    private var sides: [(side: Side, group: Group)] = []
    /// Where a side was found last, by its rough hash: sockets come in no order, to few places.
    private var remembered = [Int](repeating: 0, count: mostRemembered)

    /// Begins a sum.
    package init(settings: PortSettings) {
        self.settings = settings
        roles = PortRoles(automatic: settings.automaticPortSet)
        reuseDelay = Self.milliseconds(settings.reuse.delay)
    }

    private static func milliseconds(_ duration: Duration) -> UInt32 {
        UInt32(clamping: Int(duration / .milliseconds(1)))
    }

    /// The ports that are listened on, so far.
    package var listening: PortSet { roles.listening }

    /// Counts a socket.
    package mutating func add(_ socket: SocketSnapshot) {
        recordBytes += socket.isMiniSocket ? TimeWait.recordBytes : Self.liveSocketBytes
        switch socket.state {
        case .listen:
            roles.listening.insert(socket.localPort)
            uses.bound.insert(socket.localPort)
            return
        case .closed, .bound:
            uses.bound.insert(socket.localPort)
            return
        case .established, .synSent, .synReceived, .newSynReceived:
            uses.open.insert(socket.localPort)
        case .finWait1, .finWait2, .closing, .lastAck, .closeWait:
            uses.closing.insert(socket.localPort)
        case .timeWait: uses.timeWait.insert(socket.localPort)
        }
        total.add(socket.state)
        let isAutomatic = roles.automatic.contains(socket.localPort)
        if roles.isIncoming(socket) {
            incoming[socket.localPort, default: Group()]
                .add(socket, isAutomatic: isAutomatic, delay: reuseDelay)
        } else {
            let side = Side(
                local: socket.localAddress.unmapped,
                remote: Destination(
                    address: socket.remoteAddress.unmapped, port: socket.remotePort))
            let place = place(of: side)
            sides[place].group.add(socket, isAutomatic: isAutomatic, delay: reuseDelay)
        }
    }

    private mutating func place(of side: Side) -> Int {
        let slot = side.roughHash & (Self.mostRemembered - 1)
        let guess = remembered[slot]
        if guess < sides.count, sides[guess].side == side { return guess }
        let place = places[side] ?? sides.count
        if place == sides.count {
            places[side] = place
            sides.append((side, Group()))
        }
        remembered[slot] = place
        return place
    }

    /// The sum.
    package func economy() -> PortEconomy {
        let taken = uses.bound.intersection(roles.automatic).count
        let ports = max(0, roles.automatic.count - taken)
        return PortEconomy(
            settings: settings, outgoing: destinations(ports: ports), incoming: services(),
            total: total, listeners: roles.listening.count, boundPorts: taken,
            ranges: uses.counted(settings), recordBytes: recordBytes)
    }

    private func destinations(ports: Int) -> [PortEconomy.Outgoing] {
        var bySource: [Destination: [Group]] = [:]
        for (side, group) in sides { bySource[side.remote, default: []].append(group) }
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
            .sorted { Self.comesFirst($0, $1) }
    }

    /// The one with fewer ports left; of two alike, the lower address and port.
    private static func comesFirst(
        _ one: PortEconomy.Outgoing, _ other: PortEconomy.Outgoing
    ) -> Bool {
        if one.freePorts != other.freePorts { return one.freePorts < other.freePorts }
        func order(_ place: Destination) -> (UInt64, UInt64, UInt16) {
            switch place.address {
            case .v4(let bits): (0, UInt64(bits), place.port)
            case .v6(let high, let low, zone: _): (high, low, place.port)
            }
        }
        return order(one.destination) < order(other.destination)
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

    private func services() -> [PortEconomy.Incoming] {
        incoming.map { port, group in
            PortEconomy.Incoming(
                localPort: port, isListening: roles.listening.contains(port), count: group.count,
                closingRate: Double(group.recent) / (PortEconomy.rateWindow / .seconds(1)))
        }
        .sorted { ($0.count.total, $1.localPort) > ($1.count.total, $0.localPort) }
    }
}
