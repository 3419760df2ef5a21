// SPDX-License-Identifier: Apache-2.0

package import PrivateNetworks
import SystemPackage
package import TCPClosing
import Threads

/// Replays many orders, each on a connection of its own.
///
/// Several pairs of networks work side by side, each on its own thread: a replay mostly waits for the
/// kernel's timers.
package struct OrderReplay: Sendable {
    /// How many pairs of networks.
    package var width: Int
    /// How the networks are made.
    package var plan: NetworkPlan

    /// Settings of both ends, `ipv4.tcp_invalid_ratelimit` for one, and their values.
    package var settings: [String: String]

    package init(
        width: Int = 8, plan: NetworkPlan = NetworkPlan(), settings: [String: String] = [:]
    ) {
        self.width = width
        self.plan = plan
        self.settings = settings
    }

    /// The records of all orders, in their order.
    ///
    /// - Throws: `PrivateNetworkError` when networks could not be made or used.
    package func records(of orders: [Order]) async throws -> [OrderRecord] {
        let shares = min(width, max(orders.count, 1))
        let replay = self
        return try await withThrowingTaskGroup(of: [(Int, OrderRecord)].self) { group in
            for share in 0..<shares {
                group.addTask {
                    try await DetachedThread.run {
                        replay.run(orders, from: share, by: shares)
                    }
                    .get()
                }
            }
            var records: [(Int, OrderRecord)] = []
            for try await some in group { records += some }
            return records.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func run(
        _ orders: [Order], from first: Int, by step: Int
    ) -> Result<[(Int, OrderRecord)], PrivateNetworkError> {
        Result { () throws(PrivateNetworkError) in
            let networks = try PrivateNetworks(plan)
            for end in ConnectionEnd.allCases {
                // Kernels before 6.11 have no `tcp_rto_min_us`: there a busy machine may differ.
                for (name, value) in settings where try networks.setting(name, at: end) != nil {
                    try networks.set(name, to: value, at: end)
                }
            }
            var records: [(Int, OrderRecord)] = []
            for place in stride(from: first, to: orders.count, by: step) {
                // Each connection has ports of its own, so that nothing old is taken for it.
                let port = UInt16(10_000 + records.count % 20_000)
                let record = try Reenactment.record(
                    of: orders[place], on: networks, ports: (port, port + 20_000))
                records.append((place, record))
            }
            return records
        }
    }

    /// The record whose disagreement shows after the fewest events.
    package static func shortestDisagreement(in records: [OrderRecord]) -> OrderRecord? {
        records.filter { $0.disagreement != nil }.min { $0.length < $1.length }
    }
}
