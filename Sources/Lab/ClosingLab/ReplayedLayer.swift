// SPDX-License-Identifier: Apache-2.0

package import PrivateNetworks
package import TCPClosing

/// A layer of orders as the lab replays it: the model's, and what the kernel has to be told for it.
package struct ReplayedLayer: Sendable {
    /// The layer.
    package let layer: Layer
    /// The letter it has in Docs/model.md.
    package let letter: String
    /// What it is, in a few words.
    package let summary: String
    /// Settings of both ends, because the model has no clock; everything else is as it comes.
    package let settings: [String: String]
    /// How many pairs of networks work side by side.
    package let width: Int
    /// Whether it takes more than a few seconds.
    package let isLong: Bool

    init(
        _ layer: Layer, _ letter: String, _ summary: String, settings: [String: String] = [:],
        width: Int = 8,
        isLong: Bool = false
    ) {
        self.layer = layer
        self.letter = letter
        self.summary = summary
        self.settings = settings
        self.width = width
        self.isLong = isLong
    }

    /// The layer of a name: one of `all`, or losses or copies with another limit (`losses-3`).
    package init?(named name: String) {
        if let layer = Self.all.first(where: { $0.name == name }) {
            self = layer
            return
        }
        guard let layer = Layer(named: name), !layer.hasTimers else { return nil }
        let settings = layer.duplicates > 0 ? Self.copySettings : [:]
        let letter = layer.duplicates > 0 ? "e" : "c"
        self.init(layer, letter, "as the name says", settings: settings, width: 16, isLong: true)
    }

    /// The layer's name.
    package var name: String { layer.name }

    /// The orders the model finds, by a table.
    ///
    /// Those that no kernel can be brought to walk are left out: see `Reenactment.obstacle(to:)`.
    package func orders(by table: TransitionTable = .linux) -> [Order] {
        Exploration(layer, by: table).orders().filter { Reenactment.obstacle(to: $0) == nil }
    }

    /// Replays orders of the layer.
    package func replay(
        _ orders: [Order], plan: NetworkPlan = NetworkPlan()
    ) async throws -> [OrderRecord] {
        try await OrderReplay(width: width, plan: plan, settings: settings).records(of: orders)
    }

    /// Every layer, quick ones first.
    package static let all: [ReplayedLayer] = [
        ReplayedLayer(.inOrder, "a", "both ends close, segments arrive in order"),
        ReplayedLayer(.anyOrder, "b", "segments arrive in any order"),
        ReplayedLayer(.losses(1), "c", "one segment is lost and sent again", width: 16),
        ReplayedLayer(.losses(2), "c", "two segments are lost and sent again", width: 16),
        ReplayedLayer(resets, "d", "close, half-close or abort at either end"),
        ReplayedLayer(deaths, "d", "the processes at both ends die"),
        ReplayedLayer(
            .duplicates(1), "e", "one segment arrives twice, in any order", settings: copySettings),
        ReplayedLayer(
            .reconnection(timestamps: true), "g", "an end connects again from the same port",
            settings: rateSettings),
        ReplayedLayer(
            .reconnection(timestamps: false), "g",
            "the same without timestamps, and newer SYNs only",
            settings: copySettings),
        ReplayedLayer(
            writes, "d", "each end may write once, read, and close with something unread",
            settings: dataSettings, isLong: true),
    ]

    /// Records orders of no layer.
    package static func record(
        of orders: [Order], plan: NetworkPlan = NetworkPlan()
    ) async throws -> LayerRecord {
        let start = ContinuousClock.now
        let isCopied = orders.contains {
            $0.events.contains { if case .duplicate = $0 { true } else { false } }
        }
        let settings = isCopied ? copySettings : [:]
        let records = try await OrderReplay(plan: plan, settings: settings).records(of: orders)
        return LayerRecord(
            name: "orders", summary: "orders that were asked for", settings: settings,
            orders: records, duration: .now - start)
    }

    /// Linux answers a segment that is out of window once in 500 ms only (tcp_input.c,
    /// tcp_oow_rate_limited).
    private static let rateSettings = ["ipv4.tcp_invalid_ratelimit": "0"]

    /// What makes the answers to copies independent of the clock.
    private static let copySettings = [
        // As above.
        "ipv4.tcp_invalid_ratelimit": "0",
        // A record in FIN-WAIT-2 answers an ACK with an older timestamp, which is a matter of
        // milliseconds (tcp_minisocks.c, tcp_timewait_state_process).
        "ipv4.tcp_timestamps": "0",
    ]

    /// What keeps data that the wire holds from being sent again: the repetition would carry an ACK
    /// that is not due yet, and the one that is would not be sent (tcp_output.c,
    /// tcp_event_ack_sent).
    private static let dataSettings = [
        "ipv4.tcp_early_retrans": "0",
        // Not much more: FIN-WAIT-2 lasts for 3.5 times that at least (tcp_fin_time).
        "ipv4.tcp_rto_min_us": "5000000",
    ]

    private static let resets: Layer = {
        var layer = Layer(name: "resets")
        layer.calls = [.close, .shutDown, .abort]
        return layer
    }()

    private static let deaths: Layer = {
        var layer = Layer(name: "deaths")
        layer.calls = [.die]
        return layer
    }()

    private static let writes: Layer = {
        var layer = Layer(name: "writes")
        layer.calls = [.close, .send, .read]
        layer.writes = 1
        return layer
    }()
}
