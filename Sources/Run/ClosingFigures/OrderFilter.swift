// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

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

    /// The layers whose orders can be listed, smallest first.
    package static let layers: [Layer] = [.inOrder, .anyOrder, .losses(1), .losses(2)]

    /// What a layer lets happen, in a few words.
    package static func words(_ layer: Layer) -> String {
        switch (layer.arrival, layer.losses) {
        case (.inOrder, 0): "segments arrive in the order sent"
        case (.anyOrder, 0): "segments arrive in any order"
        case (_, 1): "in order, and at most 1 segment is lost"
        case (_, let losses): "in order, and at most \(losses) segments are lost"
        }
    }

    /// The orders, in the order they are explored.
    package func orders() -> [Order] {
        var layer = layer
        if policy == .resetAfterEnd { layer.calls.append(.abort) }
        return Exploration(layer).orders().filter(admits)
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
