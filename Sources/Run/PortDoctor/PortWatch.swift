// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics

/// What a watch has learnt of this machine's connections: how fast they are made, and which program
/// closes them first.
///
/// It is told of three things. *Samples* are the connections that live at a moment, which have owners:
/// taken often, so that short ones are met. *Ends* are told by the kernel as they happen, without an
/// owner; the cookie is that of the living socket. *Looks* at the whole table come once each interval:
/// where TIME-WAIT or an orphan's FIN-WAIT-2 is found in place of a connection that has ended, this
/// end closed first, else the other one did, or a RST ended it.
package struct PortWatch: Hashable, Sendable {
    /// Whose a connection was.
    package enum Owner: Hashable, Sendable {
        /// A program, and the systemd unit or the container it runs in, if any.
        case program(String, unit: String?)
        /// What only its control group tells: a unit or a container.
        case unit(String)
        /// What only the socket tells: a user.
        case user(UInt32)
        /// Nobody's that is known: it had ended before it was seen.
        case unseen
    }

    /// Connections that have ended, of one owner at one place.
    package struct Record: Hashable, Sendable {
        package var owner: Owner
        package var place: ConnectionPlace
        /// This end closed first: there is a record of it, TIME-WAIT as a rule.
        package var here = 0
        /// The other end closed first, or the connection was reset or refused.
        package var there = 0
    }

    /// How many connections to a place were made, and what that does to its ports.
    package struct Trend: Hashable, Sendable {
        /// Connections made in each interval, a second; the last is the latest.
        package var opened: [Double] = []
        /// Ports in use but not in TIME-WAIT, at the end of each interval.
        package var held: [Int] = []

        package var latest: Double { opened.last ?? 0 }
    }

    private struct RecordKey: Hashable {
        var owner: Owner
        var place: ConnectionPlace
    }

    /// What a living socket tells of its owner.
    private struct Clue: Hashable {
        var inode: UInt32
        var userID: UInt32
        var controlGroupID: UInt64?

        init(_ socket: SocketSnapshot) {
            inode = socket.inode
            userID = socket.userID
            controlGroupID = socket.controlGroupID
        }
    }

    private struct Known: Hashable {
        var ends: ConnectionEnds
        var place: ConnectionPlace
        var clue: Clue
        var sample: Int
    }

    private struct Ended: Hashable {
        /// `nil` when it was never seen alive.
        var clue: Clue?
        var cookie: UInt64
        var place: ConnectionPlace
    }

    /// How many intervals a trend goes back.
    package static let longestTrend = 60
    /// How many pairs of owner and place have a record.
    private static let mostRecords = 1_000
    /// The time over which growth is taken, in intervals.
    private static let growthIntervals = 5

    private var roles: PortRoles
    private var sample = 0
    private var known: [UInt64: Known] = [:]
    private var ended: [ConnectionEnds: Ended] = [:]
    private var listeners: [UInt16: Clue] = [:]
    private var programs: [UInt32: Owner] = [:]
    private var searched: Set<UInt32> = []
    private var units: [UInt64: String?] = [:]
    private var opened: [ConnectionPlace: Int] = [:]
    private var records: [RecordKey: Record] = [:]
    private var trends: [ConnectionPlace: Trend] = [:]
    private var lastLook: Duration
    /// How long the latest interval was, in seconds.
    private var latestInterval = 1.0

    /// Whether the kernel had to drop ends, so that the records are too low.
    package private(set) var hasLostEnds = false
    /// Connections that are in no record: their ports were used again within one interval, or there
    /// are too many records.
    package private(set) var untold = 0

    /// Begins a watch.
    ///
    /// - Parameters:
    ///   - settings: the kernel's.
    ///   - time: on the clock of the caller.
    package init(settings: PortSettings, at time: Duration) {
        roles = PortRoles(automatic: settings.automaticPortSet)
        lastLook = time
    }

    /// The states that a sample asks for.
    package static let sampledStates: SocketStates = [
        SocketStates(.established), SocketStates(.synSent), SocketStates(.finWait1),
        SocketStates(.finWait2), SocketStates(.closing), SocketStates(.closeWait),
        SocketStates(.lastAck),
    ]

    /// Takes a sample of the connections that live; those of the first one are not counted as made.
    package mutating func sampled(_ sockets: [SocketSnapshot]) {
        let isFirst = sample == 0
        sample += 1
        for socket in sockets where !socket.isMiniSocket {
            if known[socket.cookie] == nil, !isFirst {
                opened[roles.place(of: socket), default: 0] += 1
            }
            let before = known[socket.cookie]?.clue
            var clue = Clue(socket)
            // What a process has closed has no inode any more, but still its owner's.
            if clue.inode == 0, let before { clue = before }
            known[socket.cookie] = Known(
                ends: ConnectionEnds(socket), place: roles.place(of: socket), clue: clue,
                sample: sample)
        }
    }

    /// Takes note of a socket that has ended.
    package mutating func ended(_ socket: SocketSnapshot) {
        guard socket.remotePort != 0, sample > 0 else { return }
        let last = known.removeValue(forKey: socket.cookie)
        let place = last?.place ?? roles.place(of: socket)
        if last == nil { opened[place, default: 0] += 1 }
        let ends = last?.ends ?? ConnectionEnds(socket)
        if ended.updateValue(
            Ended(clue: last?.clue, cookie: socket.cookie, place: place),
            forKey: ends) != nil
        {
            untold += 1
        }
    }

    /// Takes note that the kernel has dropped ends.
    package mutating func endsWereLost() { hasLostEnds = true }
}

extension PortWatch {
    /// The inodes whose owners have not been searched for.
    package var unsearchedInodes: Set<UInt32> {
        var inodes = Set(known.values.lazy.map(\.clue.inode))
        inodes.formUnion(listeners.values.lazy.map(\.inode))
        inodes.remove(0)
        return inodes.subtracting(searched)
    }

    /// Takes the answer of a search for the owners of these inodes.
    package mutating func found(_ owners: SocketOwners, of inodes: Set<UInt32>) {
        for inode in inodes {
            searched.insert(inode)
            // Of several processes that share a socket the first is its maker, as a rule.
            guard let process = owners.holders[inode]?.first?.process else { continue }
            let group = process.controlGroup
            programs[inode] = .program(
                process.name, unit: group?.container ?? group?.systemdUnit)
        }
    }

    /// The control groups whose names have not been looked for.
    package var unnamedGroups: Set<UInt64> {
        let clues = known.values.lazy.map(\.clue)
        return Set(clues.filter { programs[$0.inode] == nil }.compactMap(\.controlGroupID))
            .subtracting(units.keys)
    }

    /// Takes the name of a control group, or that it has none.
    package mutating func named(_ group: UInt64, _ path: ControlGroup?) {
        units[group] = .some(path.flatMap { $0.container ?? $0.systemdUnit })
    }

    private func owner(of ended: Ended) -> Owner {
        var clue = ended.clue
        // Not accepted yet, or never seen: who listens there has it, or would have.
        if case .service(let port) = ended.place, clue.map({ $0.inode == 0 }) ?? true {
            clue = listeners[port] ?? clue
        }
        guard let clue else { return .unseen }
        if let program = programs[clue.inode] { return program }
        if let group = clue.controlGroupID, let unit = units[group] ?? nil { return .unit(unit) }
        return .user(clue.userID)
    }
}

extension PortWatch {
    /// Begins a look at the whole table.
    package func look(settings: PortSettings) -> PortLook {
        PortLook(settings: settings, awaited: Set(ended.keys))
    }

    /// Takes what a look has found.
    ///
    /// - Parameters:
    ///   - look: every socket was added to it, after the ends until then were told.
    ///   - economy: what its tally has come to.
    ///   - time: on the clock of the caller.
    package mutating func looked(_ look: PortLook, _ economy: PortEconomy, at time: Duration) {
        for (ends, cookie) in look.found {
            // The record keeps the cookie of a socket that was seen; that of another one is of an
            // earlier or later connection between the same ends (measured on 6.18).
            guard let last = ended[ends], last.clue == nil || last.cookie == cookie else {
                continue
            }
            ended[ends] = nil
            count(last) { $0.here += 1 }
        }
        for last in ended.values { count(last) { $0.there += 1 } }
        ended = [:]
        listeners = look.listeners.mapValues(Clue.init)
        roles.listening = look.tally.listening
        forget()
        let seconds = max((time - lastLook) / .seconds(1), 0.001)
        lastLook = time
        continueTrends(economy, seconds: seconds)
    }

    private mutating func count(_ last: Ended, _ change: (inout Record) -> Void) {
        let key = RecordKey(owner: owner(of: last), place: last.place)
        guard records[key] != nil || records.count < Self.mostRecords else {
            untold += 1
            return
        }
        change(&records[key, default: Record(owner: key.owner, place: key.place)])
    }

    /// Lets go of what is in no sample any more, though its end was not told.
    private mutating func forget() {
        known = known.filter { $0.value.sample == sample }
        var inodes = Set(known.values.lazy.map(\.clue.inode))
        inodes.formUnion(listeners.values.lazy.map(\.inode))
        programs = programs.filter { inodes.contains($0.key) }
        searched.formIntersection(inodes)
    }

    private mutating func continueTrends(_ economy: PortEconomy, seconds: Double) {
        var held: [ConnectionPlace: Int] = [:]
        for use in economy.outgoing {
            held[.destination(use.destination)] = use.count.total - use.count.timeWait
        }
        for use in economy.incoming {
            held[.service(use.localPort)] = use.count.total - use.count.timeWait
        }
        for place in Set(trends.keys).union(held.keys).union(opened.keys) {
            var trend = trends[place] ?? Trend()
            trend.opened.append(Double(opened[place] ?? 0) / seconds)
            trend.held.append(held[place] ?? 0)
            if trend.opened.count > Self.longestTrend {
                trend.opened.removeFirst()
                trend.held.removeFirst()
            }
            let isQuiet = held[place] == nil && trend.opened.allSatisfy { $0 == 0 }
            trends[place] = isQuiet ? nil : trend
        }
        opened = [:]
        latestInterval = seconds
    }
}

extension PortWatch {
    /// The trend of a place.
    package func trend(of place: ConnectionPlace) -> Trend { trends[place] ?? Trend() }

    /// Who closed first, most first.
    package var closings: [Record] {
        records.values.sorted {
            ($0.here, $0.there, "\($1.place)", "\($1.owner)") > (
                $1.here, $1.there, "\($0.place)", "\($0.owner)"
            )
        }
    }

    /// When the last port towards a destination is taken: by TIME-WAIT at the rate of the last 10 s,
    /// or by connections that stay, whichever comes first; `nil` when that never happens.
    package func exhaustion(of use: PortEconomy.Outgoing) -> Duration? {
        guard use.freePorts > 0 else { return .zero }
        let trend = trend(of: .destination(use.destination))
        guard let growth = Self.growth(of: trend.held) else { return use.exhaustedIn }
        let filled = Duration.seconds(Double(use.freePorts) * latestInterval / growth)
        return min(use.exhaustedIn ?? filled, filled)
    }

    /// By how much the latest numbers grow from one to the next; `nil` when they go up and down.
    static func growth(of numbers: [Int]) -> Double? {
        let latest = Array(numbers.suffix(growthIntervals + 1))
        guard latest.count >= 4, let first = latest.first, let last = latest.last else {
            return nil
        }
        let half = latest.count / 2
        guard let highest = latest.prefix(half).max(), let lowest = latest.suffix(half).min(),
            lowest > highest
        else { return nil }
        return Double(last - first) / Double(latest.count - 1)
    }
}
