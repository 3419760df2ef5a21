// SPDX-License-Identifier: Apache-2.0

/// Which four-tuples over a fixed set of local ports are free, leased, resting, or somebody else's.
///
/// A machine without I/O and without a clock: time is an argument, since an origin the caller
/// chooses. Because every socket of its driver sets `SO_REUSEADDR`, the kernel keys these ports by
/// four-tuple, not by port (Linux, measured): one port serves any number of destinations at once,
/// and a few ports serve thousands of hosts.
///
/// Invariants: a four-tuple has one holder; none is granted before its rest is over; waiters for one
/// destination are served in the order they came; a waiter is never forgotten.
public struct PortLedger: Hashable, Sendable {
    /// Names a waiting request; chosen by the caller, unique among those waiting.
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
    private var waiters: [Waiter] = []
    private var rotation = 0

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
        forget(before: now)
        let mustQueue =
            !waiters.isEmpty && waiters.contains { $0.destination == destination }
        if !mustQueue, let port = take(towards: destination) { return .grant(port) }
        waiters.append(Waiter(ticket: ticket, destination: destination))
        return .wait(reason(towards: destination))
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
        let held = leases.remove(tuple)
        precondition(held != nil, "\(tuple) was not leased")
        if let restUntil { unavailable[tuple] = restUntil }
        return serve(at: now)
    }

    /// The kernel refused a leased four-tuple: somebody else has a connection there.
    ///
    /// That is connect(2) with `EADDRNOTAVAIL`. The lease ends, and the tuple is tried again after
    /// `until`.
    public mutating func refusedTuple(_ tuple: FourTuple, until: Duration) {
        let held = leases.remove(tuple)
        precondition(held != nil, "\(tuple) was not leased")
        unavailable[tuple] = until
    }

    /// The kernel refused a whole port: another program holds it.
    ///
    /// That is bind(2) with `EADDRINUSE`: the holder listens, or has no `SO_REUSEADDR`. The lease
    /// ends, and the port is tried again after `until`.
    public mutating func refusedPort(_ tuple: FourTuple, until: Duration) {
        let held = leases.remove(tuple)
        precondition(held != nil, "\(tuple) was not leased")
        foreignPorts[tuple.localPort] = until
    }

    /// Time has passed: rests may be over.
    ///
    /// - Returns: the waiting requests that are served by it.
    public mutating func tick(at now: Duration) -> [Grant] { serve(at: now) }

    /// When `tick` could next serve a waiter; `nil` while nobody waits or only returns can help.
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
        forget(before: now)
        var grants: [Grant] = []
        var stillWaiting: [Waiter] = []
        var full: Set<Destination> = []
        for waiter in waiters {
            if !full.contains(waiter.destination), let port = take(towards: waiter.destination) {
                grants.append(Grant(ticket: waiter.ticket, port: port))
            } else {
                full.insert(waiter.destination)
                stillWaiting.append(waiter)
            }
        }
        waiters = stillWaiting
        return grants
    }

    private mutating func take(towards destination: Destination) -> UInt16? {
        for step in 0..<ports.count {
            let index = (rotation + step) % ports.count
            let tuple = FourTuple(localPort: ports[index], destination: destination)
            guard foreignPorts.isEmpty || foreignPorts[tuple.localPort] == nil else { continue }
            guard unavailable.isEmpty || unavailable[tuple] == nil else { continue }
            guard leases.insert(tuple).inserted else { continue }
            rotation = index + 1
            return tuple.localPort
        }
        return nil
    }

    private func reason(towards destination: Destination) -> Reason {
        let foreign = ports.count { foreignPorts[$0] != nil }
        return foreign > 0
            ? .heldByOthers(ports: foreign)
            : .allBusyTowardsDestination(ports: ports.count)
    }

    private mutating func forget(before now: Duration) {
        if !unavailable.isEmpty { unavailable = unavailable.filter { $0.value > now } }
        if !foreignPorts.isEmpty { foreignPorts = foreignPorts.filter { $0.value > now } }
    }
}
