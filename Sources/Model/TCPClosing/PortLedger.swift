// SPDX-License-Identifier: Apache-2.0

/// Which four-tuples over a fixed set of local ports are free, leased, resting, or somebody else's.
///
/// A machine without I/O and without a clock: time is an argument, since an origin the caller
/// chooses. Because every socket of its driver sets `SO_REUSEADDR`, the kernel keys these ports by
/// four-tuple, not by port (Linux, measured): one port serves any number of destinations at once,
/// and a few ports serve thousands of hosts.
///
/// Invariants: a four-tuple has one holder; none is granted before its rest is over; waiters for
/// one destination are served in the order they came; a waiter is never forgotten.
public struct PortLedger: Hashable, Sendable {
    /// Names a request; chosen by the caller, who gives later requests greater tickets.
    public typealias Ticket = Int

    /// The answer to a request for a port.
    public enum Answer: Hashable, Sendable {
        /// The port is leased to the caller until it is returned.
        case grant(UInt16)
        /// No port is free towards the destination; the ticket waits its turn.
        case wait(Reason)
    }

    /// Why a request has to wait.
    public enum Reason: Hashable, Sendable {
        /// Every port already goes to that destination, or rests after doing so.
        case allBusyTowardsDestination(ports: Int)
        /// Other programs hold every port that is not already busy towards that destination.
        case heldByOthers(ports: Int)
    }

    /// A waiting request that is served.
    public struct Grant: Hashable, Sendable {
        /// Whose turn has come.
        public var ticket: Ticket
        /// The port leased to it.
        public var port: UInt16
    }

    private struct Waiter: Hashable {
        var ticket: Ticket
        var destination: Destination
    }

    /// The ports of the ledger, in the order they are tried.
    public let ports: [UInt16]
    private var leases: Set<FourTuple> = []
    /// Four-tuples that rest (TIME-WAIT) or belong to others, and until when.
    private var unavailable: [FourTuple: Duration] = [:]
    /// Whole ports that other programs hold, and when to look again.
    private var foreignPorts: [UInt16: Duration] = [:]
    /// By ticket, which is the order they came in.
    private var waiters: [Waiter] = []
    private var rotation = 0
    /// How many entries `unavailable` may have before those that are over are swept out.
    private var sweepCount = 64

    /// Makes a ledger in which every port is free.
    ///
    /// - Parameter ports: at least one, without repetition.
    public init(ports: [UInt16]) {
        precondition(!ports.isEmpty, "a ledger needs a port")
        precondition(Set(ports).count == ports.count, "a port stands in the ledger once")
        self.ports = ports
    }

    /// How many four-tuples are leased.
    public var leasedCount: Int { leases.count }

    /// How many requests wait.
    public var waitingCount: Int { waiters.count }

    /// Asks for a port towards a destination.
    public mutating func lease(
        _ ticket: Ticket, to destination: Destination, at now: Duration
    ) -> Answer {
        let mustQueue =
            !waiters.isEmpty && waiters.contains { $0.destination == destination }
        if !mustQueue, let port = take(towards: destination, at: now) { return .grant(port) }
        enqueue(Waiter(ticket: ticket, destination: destination))
        return .wait(reason(at: now))
    }

    /// Withdraws a waiting request.
    ///
    /// Unknown tickets are ignored: the grant may just have been made.
    public mutating func withdraw(_ ticket: Ticket) {
        waiters.removeAll { $0.ticket == ticket }
    }

    /// A lease ends; the four-tuple is free at `restUntil`, or at once.
    ///
    /// - Returns: the waiting requests that are served by it.
    public mutating func returned(
        _ tuple: FourTuple, restUntil: Duration? = nil, at now: Duration
    ) -> [Grant] {
        end(tuple)
        if let restUntil { unavailable[tuple] = restUntil }
        sweep(at: now)
        return serve(at: now)
    }

    /// The kernel refused a leased four-tuple: somebody else has a connection there.
    ///
    /// That is connect(2) with `EADDRNOTAVAIL`. The lease ends, and the tuple is tried again after
    /// `until`. The request asks again in its old place, before all that came later.
    public mutating func refusedTuple(
        _ tuple: FourTuple, until: Duration, of ticket: Ticket, at now: Duration
    ) -> Answer {
        end(tuple)
        unavailable[tuple] = until
        return leaseAgain(ticket, to: tuple.destination, at: now)
    }

    /// The kernel refused a whole port: another program holds it.
    ///
    /// That is bind(2) with `EADDRINUSE`: the holder listens, or has no `SO_REUSEADDR`. The lease
    /// ends, and the port is tried again after `until`. The request asks again in its old place,
    /// before all that came later.
    public mutating func refusedPort(
        _ tuple: FourTuple, until: Duration, of ticket: Ticket, at now: Duration
    ) -> Answer {
        end(tuple)
        foreignPorts[tuple.localPort] = until
        return leaseAgain(ticket, to: tuple.destination, at: now)
    }

    /// Time has passed: rests may be over.
    ///
    /// - Returns: the waiting requests that are served by it.
    public mutating func tick(at now: Duration) -> [Grant] { serve(at: now) }

    /// When `tick` could next serve a waiter; `nil` while nobody waits or only returns can help.
    ///
    /// May lie in the past: then `tick` is due.
    public var nextTick: Duration? {
        guard !waiters.isEmpty else { return nil }
        let earliestTuple = unavailable.values.min()
        let earliestPort = foreignPorts.values.min()
        guard let earliestTuple else { return earliestPort }
        guard let earliestPort else { return earliestTuple }
        return min(earliestTuple, earliestPort)
    }

    private mutating func serve(at now: Duration) -> [Grant] {
        guard !waiters.isEmpty else { return [] }
        forgetPast(now)
        var grants: [Grant] = []
        var stillWaiting: [Waiter] = []
        var full: Set<Destination> = []
        for waiter in waiters {
            if !full.contains(waiter.destination),
                let port = take(towards: waiter.destination, at: now)
            {
                grants.append(Grant(ticket: waiter.ticket, port: port))
            } else {
                full.insert(waiter.destination)
                stillWaiting.append(waiter)
            }
        }
        waiters = stillWaiting
        return grants
    }

    /// Asks for another port for one that already had its turn.
    ///
    /// Those of its destination that came before it are not passed: as long as one of them waits,
    /// nothing is free there.
    private mutating func leaseAgain(
        _ ticket: Ticket, to destination: Destination, at now: Duration
    ) -> Answer {
        let mustQueue = waiters.contains { $0.destination == destination && $0.ticket < ticket }
        if !mustQueue, let port = take(towards: destination, at: now) { return .grant(port) }
        enqueue(Waiter(ticket: ticket, destination: destination))
        return .wait(reason(at: now))
    }

    private mutating func enqueue(_ waiter: Waiter) {
        let before = waiters.lastIndex { $0.ticket < waiter.ticket }
        waiters.insert(waiter, at: before.map { $0 + 1 } ?? 0)
    }

    private mutating func end(_ tuple: FourTuple) {
        let held = leases.remove(tuple)
        precondition(held != nil, "\(tuple) was not leased")
    }

    private mutating func take(towards destination: Destination, at now: Duration) -> UInt16? {
        for step in 0..<ports.count {
            let index = (rotation + step) % ports.count
            let tuple = FourTuple(localPort: ports[index], destination: destination)
            if let until = foreignPorts[tuple.localPort], until > now { continue }
            if !unavailable.isEmpty, let until = unavailable[tuple] {
                if until > now { continue }
                unavailable[tuple] = nil
            }
            guard leases.insert(tuple).inserted else { continue }
            rotation = (index + 1) % ports.count
            return tuple.localPort
        }
        return nil
    }

    private func reason(at now: Duration) -> Reason {
        let foreign = ports.count { foreignPorts[$0].map { $0 > now } ?? false }
        return foreign > 0
            ? .heldByOthers(ports: foreign)
            : .allBusyTowardsDestination(ports: ports.count)
    }

    /// Forgets what is over when there is much of it: a walk through all for each lease would cost
    /// the square of the number of hosts.
    private mutating func sweep(at now: Duration) {
        guard unavailable.count > sweepCount else { return }
        forgetPast(now)
        sweepCount = max(64, 2 * unavailable.count)
    }

    private mutating func forgetPast(_ now: Duration) {
        if !unavailable.isEmpty { unavailable = unavailable.filter { $0.value > now } }
        if !foreignPorts.isEmpty { foreignPorts = foreignPorts.filter { $0.value > now } }
    }
}
