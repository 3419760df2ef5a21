// SPDX-License-Identifier: Apache-2.0

package import PrivateNetworks
import SystemPackage
import TCPClosing
import Threads

/// Everything a visit to the lab has shown.
package struct LabReport: Sendable {
    /// Where it was.
    package let place: LabPlace
    /// Layers, with the records of their orders.
    package var layers: [LayerRecord] = []
    /// Scenes.
    package var scenes: [SceneRecord] = []

    package init(place: LabPlace) { self.place = place }

    /// All orders that were replayed.
    package var orders: [OrderRecord] { layers.flatMap(\.orders) }

    /// The order whose disagreement shows after the fewest events.
    package var shortestDisagreement: OrderRecord? {
        OrderReplay.shortestDisagreement(in: orders)
    }

    /// Scenes in which the kernel shows something else.
    package var differences: [SceneRecord] {
        scenes.filter { if case .differs = $0.outcome { true } else { false } }
    }

    /// Whether the kernel did everywhere what was said.
    package var agrees: Bool { shortestDisagreement == nil && differences.isEmpty }
}

/// The orders of a layer, replayed.
package struct LayerRecord: Sendable {
    /// The layer's name.
    package let name: String
    /// What it is.
    package let summary: String
    /// What was set for it.
    package let settings: [String: String]
    /// The records.
    package let orders: [OrderRecord]
    /// How long all of it took.
    package let duration: Duration

    package init(
        name: String, summary: String, settings: [String: String], orders: [OrderRecord],
        duration: Duration
    ) {
        self.name = name
        self.summary = summary
        self.settings = settings
        self.orders = orders
        self.duration = duration
    }

    /// Events that were compared.
    package var events: Int { orders.reduce(0) { $0 + $1.events.count } }

    /// Orders in which kernel and model part.
    package var disagreements: Int { orders.count { $0.disagreement != nil } }
}

extension ReplayedLayer {
    /// Replays every order of the layer.
    ///
    /// - Throws: `PrivateNetworkError`, what the kernel refused.
    package func record(plan: NetworkPlan = NetworkPlan()) async throws -> LayerRecord {
        let start = ContinuousClock.now
        let records = try await replay(orders(), plan: plan)
        return LayerRecord(
            name: name, summary: summary, settings: settings, orders: records,
            duration: .now - start)
    }
}

/// The kernel and its settings.
package struct LabPlace: Sendable {
    /// `Linux 6.18.44`.
    package let kernel: String
    /// How the wire is tied to the networks.
    package let link: LinkKind
    /// What the ends speak.
    package let family: NetworkFamily
    /// The settings a network begins with, by name; those this kernel has.
    package let settings: [(name: String, value: String)]

    /// Settings that decide how connections close.
    private static let names = [
        "tcp_fin_timeout", "tcp_invalid_ratelimit", "tcp_max_tw_buckets", "tcp_migrate_req",
        "tcp_orphan_retries", "tcp_retries2", "tcp_rfc1337", "tcp_rto_max_ms", "tcp_rto_min_us",
        "tcp_sack", "tcp_timestamps", "tcp_tw_reuse", "tcp_tw_reuse_delay",
    ]

    /// Looks at the kernel from networks of its own.
    ///
    /// - Parameter plan: how to make them.
    /// - Returns: what was found.
    /// - Throws: `PrivateNetworkError`, what the kernel refused.
    package static func look(plan: NetworkPlan = NetworkPlan()) async throws -> LabPlace {
        try await DetachedThread.run { () -> Result<LabPlace, PrivateNetworkError> in
            Result { () throws(PrivateNetworkError) in
                let networks = try PrivateNetworks(plan)
                var settings: [(String, String)] = []
                for name in names {
                    guard let value = try networks.setting("ipv4.\(name)", at: .a) else { continue }
                    settings.append((name, value))
                }
                return LabPlace(
                    kernel: KernelSetting.kernelName, link: networks.linkKind,
                    family: networks.family,
                    settings: settings)
            }
        }
        .get()
    }
}
