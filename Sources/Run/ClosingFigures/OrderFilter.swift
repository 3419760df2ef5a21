// SPDX-License-Identifier: Apache-2.0

package import TCPClosing
import TextForms

/// Which orders are wanted.
package struct OrderFilter: Hashable, Sendable {
    /// Who keeps TIME-WAIT when all is over.
    package enum Keeper: String, Hashable, Sendable, CaseIterable {
        case a
        case b
        case both
        case nobody

        func holds(_ keepers: [ConnectionEnd]) -> Bool {
            switch self {
            case .a: keepers == [.a]
            case .b: keepers == [.b]
            case .both: keepers.count == 2
            case .nobody: keepers.isEmpty
            }
        }
    }

    /// Within which limits.
    package var layer: Layer = .inOrder
    /// Who sends the first FIN or RST.
    package var first: ConnectionEnd?
    /// Whether the FINs cross.
    package var crossing: Bool?
    /// How many segments are lost.
    package var losses: Int?
    /// Who keeps TIME-WAIT.
    package var keeper: Keeper?
    /// How A closes.
    package var policy: ClosingPolicy?

    package init() {}

    /// The most orders that are listed.
    package static let most = 100_000

    /// How many orders the layer has.
    package var countInLayer: Int { Exploration(exploredLayer).census().orders }

    /// The orders, in the order they are explored; for layers with no more than `most`.
    package func orders() -> [Order] { Exploration(exploredLayer).orders().filter(admits) }

    /// A policy may take a call that the layer does not have.
    private var exploredLayer: Layer {
        var layer = layer
        if policy == .resetAfterEnd, !layer.calls.contains(.abort) { layer.calls.append(.abort) }
        return layer
    }

    /// The order with a name, of whatever layer.
    package static func order(named name: String) throws(OrderNameFault) -> Order {
        // A second connection is part of an order only where somebody listens.
        let connectsAgain = name.split(separator: "-")
            .contains { $0.hasPrefix("n") || $0.hasPrefix("p") }
        let layer = connectsAgain ? Layer.reconnection(timestamps: true) : .inOrder
        return try Order(named: name, from: layer.start())
    }

    /// What a layer lets happen, in a few words.
    package static func words(_ layer: Layer) -> String {
        var words = layer.arrival == .inOrder ? "in order" : "in any order"
        if layer.losses > 0 { words += ", up to \(layer.losses) lost" }
        if layer.duplicates > 0 { words += ", up to \(layer.duplicates) copied" }
        if layer.calls != [.close] { words += "; all calls, 1 write each" }
        if layer.hasTimers { words += "; timers fire" }
        if layer.reconnections > 0 { words += "; connects again" }
        return words
    }

    /// The layers, one a line, with their numbers of orders.
    package static func layerList() -> String {
        let counts = Layer.all.map { String(Exploration($0).census().orders) }
        let widest = (Layer.all.map(\.name.count).max() ?? 0, counts.map(\.count).max() ?? 0)
        return zip(Layer.all, counts)
            .map { layer, count in
                "  \(layer.name.padded(to: widest.0))  \(count.padded(to: widest.1, atEnd: false))  "
                    + words(layer) + "\n"
            }
            .joined()
            + "losses, duplicates and timers take other limits, too: losses-3\n"
    }

    private func admits(_ order: Order) -> Bool {
        if let first, order.closesFirst != first { return false }
        if let crossing, order.finsCross != crossing { return false }
        if let losses, Int(order.end.losses) != losses { return false }
        if let keeper, !keeper.holds(order.keepers) { return false }
        return policy.map { Self.follows(order, $0) } ?? true
    }

    /// Whether A does what a policy says, and B only closes.
    private static func follows(_ order: Order, _ policy: ClosingPolicy) -> Bool {
        for (step, before) in zip(order.steps, order.states) {
            switch (step.event, policy) {
            case (.call(.close, .a), .localFirst):
                guard before.a == .established else { return false }
            case (.call(.close, .a), .remoteFirst):
                guard before.a == .closeWait else { return false }
            case (.call(.abort, .a), .resetAfterEnd):
                guard before.a == .closeWait else { return false }
            case (.call(.close, .b), _): continue
            case (.call, _): return false
            case _: continue
            }
        }
        return true
    }
}
