// SPDX-License-Identifier: Apache-2.0

/// How much may happen: the limits within which every order of events is explored.
///
/// All layers: one connection, both ends ESTABLISHED at the start, nothing unread, answers sent at
/// once. No windows, no keepalive, no simultaneous loss of an end's memory (a reboot).
public struct Layer: Hashable, Sendable {
    /// In which order segments of one direction arrive.
    public enum Arrival: Hashable, Sendable {
        /// As they were sent; the two directions are independent.
        case inOrder
        /// In any order.
        case anyOrder
    }

    /// What it is called: a word for command lines.
    public var name: String
    /// In which order segments arrive.
    public var arrival: Arrival = .inOrder
    /// How many segments the network may lose.
    public var losses = 0
    /// How many segments the network may deliver twice.
    public var duplicates = 0
    /// What the processes may do.
    public var calls: [UserCall] = [.close]
    /// How many pieces of data each end may write.
    public var writes = 0
    /// Whether the timers that end something fire.
    ///
    /// They do only while nothing is in flight: no segment outlives a timer.
    public var hasTimers = false

    /// Makes a layer in which both ends close, and segments arrive in order.
    public init(name: String) { self.name = name }

    /// (a) Both ends close; segments arrive in the order sent.
    public static let inOrder = Layer(name: "in-order")

    /// (b) Both ends close; segments arrive in any order.
    public static let anyOrder: Layer = {
        var layer = Layer(name: "any-order")
        layer.arrival = .anyOrder
        return layer
    }()

    /// (c) Both ends close; segments arrive in the order sent or are lost, at most `limit` of them.
    ///
    /// A retransmission happens only when nothing is in flight: the network is faster than the timer
    /// (0.2 s at least on Linux), and the timer of each end may fire first.
    public static func losses(_ limit: Int) -> Layer {
        var layer = Layer(name: "losses-\(limit)")
        layer.losses = limit
        return layer
    }
}
