// SPDX-License-Identifier: Apache-2.0

import SSHSessionModel
import Synchronization
import TCPClosing
import TCPSockets

/// One session's leave to connect, given back once.
final class SSHPass {
    private let pace: SSHPace
    private let network: SSHPace.Network
    private var leave: SSHPacing.Leave?

    init(pace: SSHPace, leave: SSHPacing.Leave, network: SSHPace.Network) {
        self.pace = pace
        self.leave = leave
        self.network = network
    }

    /// Gives the leave back; the first word counts.
    func end(_ ending: SSHPacing.Ending) {
        guard let leave = leave.take() else { return }
        pace.end(leave, ending, network)
    }
}

/// The pace of all sessions of a run, network by network.
package final class SSHPace: Sendable {
    /// What shares a pace: a server often has many addresses of one network.
    enum Network: Hashable, Sendable {
        case v4(UInt32)
        case v6(UInt64)

        init(of address: InternetAddress) {
            switch address {
            case .v4(let bits): self = .v4(bits >> 8)
            case .v6(let high, _, _): self = .v6(high)
            }
        }
    }

    private struct State {
        var networks: [Network: SSHPacing] = [:]
        var leaves: [Int: SSHPacing.Leave] = [:]
        var wakeups: [Int: Wakeups] = [:]
        var lastSession = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// How many connections servers have dropped, and how many were made at once at last towards
    /// those networks; `nil` when none was dropped.
    package var drops: (count: Int, lowestLimit: Int)? {
        state.withLock { state in
            let paced = state.networks.values.filter { $0.drops > 0 }
            guard let lowest = paced.compactMap(\.limit).min() else { return nil }
            return (paced.reduce(0) { $0 + $1.drops }, lowest)
        }
    }

    /// Asks for leave; `wakeups` gets `.arrival` once `take` has it.
    func want(_ network: Network, wakeups: Wakeups) -> Int {
        let (session, awake) = state.withLock { state -> (Int, [Wakeups]) in
            state.lastSession += 1
            let session = state.lastSession
            state.wakeups[session] = wakeups
            return (session, change(network, &state) { $0.wanted(by: session) })
        }
        for wakeups in awake { wakeups.post(.arrival) }
        return session
    }

    /// The leave, once it is given.
    func take(_ session: Int) -> SSHPacing.Leave? {
        state.withLock { state in
            guard let leave = state.leaves.removeValue(forKey: session) else { return nil }
            state.wakeups[session] = nil
            return leave
        }
    }

    /// Wants no leave any more.
    func withdraw(_ session: Int, _ network: Network) {
        if let leave = take(session) { return end(leave, .other, network) }
        let awake = state.withLock { state in
            state.wakeups[session] = nil
            return change(network, &state) { $0.withdrawn(by: session) }
        }
        for wakeups in awake { wakeups.post(.arrival) }
    }

    /// Gives the leave back.
    func end(_ leave: SSHPacing.Leave, _ ending: SSHPacing.Ending, _ network: Network) {
        let awake = state.withLock { state in
            change(network, &state) { $0.ended(leave, ending) }
        }
        for wakeups in awake { wakeups.post(.arrival) }
    }

    private func change(
        _ network: Network, _ state: inout State,
        _ event: (inout SSHPacing) -> [SSHPacing.Leave]
    ) -> [Wakeups] {
        let leaves = event(&state.networks[network, default: SSHPacing()])
        for leave in leaves { state.leaves[leave.session] = leave }
        return leaves.compactMap { state.wakeups[$0.session] }
    }
}
