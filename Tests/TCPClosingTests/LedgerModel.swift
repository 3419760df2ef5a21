// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// What a ledger has to know, kept in the plainest way, and a judge of its answers.
///
/// Says which answers are right, not which port is chosen.
struct LedgerModel: Hashable {
    struct Waiter: Hashable {
        var ticket: Int
        var destination: Destination
    }

    let ports: [UInt16]
    /// The holders' tickets.
    private(set) var leases: [FourTuple: Int] = [:]
    private(set) var waiters: [Waiter] = []
    private var resting: [FourTuple: Duration] = [:]
    private var foreign: [UInt16: Duration] = [:]

    init(ports: [UInt16]) { self.ports = ports }

    private func isFree(_ tuple: FourTuple, at now: Duration) -> Bool {
        leases[tuple] == nil && resting[tuple, default: .zero] <= now
            && foreign[tuple.localPort, default: .zero] <= now
    }

    private func canServe(_ destination: Destination, at now: Duration) -> Bool {
        ports.contains { isFree(FourTuple(localPort: $0, destination: destination), at: now) }
    }

    /// When the first waiter could be served if only time passed.
    private var firstChance: Duration? {
        waiters.flatMap { waiter in
            ports.compactMap { port -> Duration? in
                let tuple = FourTuple(localPort: port, destination: waiter.destination)
                guard leases[tuple] == nil else { return nil }
                return max(resting[tuple, default: .zero], foreign[port, default: .zero])
            }
        }
        .min()
    }

    /// Takes over the answer to a request, first or repeated; says what is wrong with it.
    mutating func asked(
        _ ticket: Int, to destination: Destination, answer: PortLedger.Answer, at now: Duration
    ) -> String? {
        let passes = waiters.contains { $0.destination == destination && $0.ticket < ticket }
        switch answer {
        case .grant(let port):
            let tuple = FourTuple(localPort: port, destination: destination)
            guard ports.contains(port) else { return "grants \(port), which is not its own" }
            guard isFree(tuple, at: now) else { return "grants \(tuple), which is not free" }
            if passes { return "grants \(ticket) before its turn" }
            leases[tuple] = ticket
            return nil
        case .wait(let reason):
            let others = ports.count { foreign[$0, default: .zero] > now }
            let expected: PortLedger.Reason =
                others > 0
                ? .heldByOthers(ports: others) : .allBusyTowardsDestination(ports: ports.count)
            if reason != expected { return "says \(reason), not \(expected)" }
            if !passes, canServe(destination, at: now) { return "lets \(ticket) wait for nothing" }
            waiters.append(Waiter(ticket: ticket, destination: destination))
            waiters.sort { $0.ticket < $1.ticket }
            return nil
        }
    }

    /// Takes over the grants of waiting requests; says what is wrong with them.
    mutating func served(_ grants: [PortLedger.Grant], at now: Duration) -> String? {
        for grant in grants {
            guard let index = waiters.firstIndex(where: { $0.ticket == grant.ticket }) else {
                return "serves \(grant.ticket), who does not wait"
            }
            let waiter = waiters.remove(at: index)
            let fault = asked(
                grant.ticket, to: waiter.destination, answer: .grant(grant.port), at: now)
            if let fault { return fault }
        }
        let forgotten = waiters.first { canServe($0.destination, at: now) }
        return forgotten.map { "forgets \($0.ticket)" }
    }

    mutating func withdrew(_ ticket: Int) { waiters.removeAll { $0.ticket == ticket } }

    mutating func returned(_ tuple: FourTuple, restUntil: Duration?) {
        leases[tuple] = nil
        resting[tuple] = restUntil
    }

    mutating func refused(_ tuple: FourTuple, until: Duration, wholePort: Bool) {
        leases[tuple] = nil
        if wholePort { foreign[tuple.localPort] = until } else { resting[tuple] = until }
    }

    /// What is wrong with the counts and the next tick of a ledger.
    func fault(in ledger: PortLedger) -> String? {
        if ledger.leasedCount != leases.count { return "counts \(ledger.leasedCount) leases" }
        if ledger.waitingCount != waiters.count { return "counts \(ledger.waitingCount) waiters" }
        guard let firstChance else { return nil }
        guard let next = ledger.nextTick else { return "sees no chance at \(firstChance)" }
        return next > firstChance ? "ticks at \(next), not at \(firstChance)" : nil
    }
}
