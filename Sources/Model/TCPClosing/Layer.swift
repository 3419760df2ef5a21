// SPDX-License-Identifier: Apache-2.0

/// How much may happen: the limits within which every order of events is explored.
///
/// All layers: one connection, both ends ESTABLISHED at the start, nothing unread, answers sent at
/// once. No windows, no keepalive, no end that loses its memory (a reboot). `TCP_LINGER2` is not set.
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

    /// How many times a process connects again between the same ports; a layer with any has a
    /// listener at both ends.
    public var reconnections = 0
    /// Whether segments carry timestamps (RFC 7323), the default on Linux.
    ///
    /// With them every second connection is newer, and an end in TIME-WAIT, or a mini-socket in
    /// FIN-WAIT-2, gives way to one from its own port at once (explicit bind(2), `SO_REUSEADDR`).
    /// Without them only a closed end connects again, and its sequence number may be older.
    public var hasTimestamps = true

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

    /// (d) Both ends write up to one piece, read, half-close, close with data read or unread, abort;
    /// segments arrive in the order sent.
    ///
    /// The death of a process is not among the calls, as it does what close(2) does, row by row. One
    /// piece, since Nagle's algorithm may hold a second one back. No losses: what waits beyond a gap
    /// is not modelled.
    public static let data: Layer = {
        var layer = Layer(name: "data")
        layer.calls = [.close, .shutDown, .abort, .send, .read]
        layer.writes = 1
        return layer
    }()

    /// (e) Both ends close; segments arrive in any order, and up to `limit` of them twice.
    ///
    /// A copy may come last of all: it is what an old segment of the connection looks like.
    public static func duplicates(_ limit: Int) -> Layer {
        var layer = Layer(name: "duplicates-\(limit)")
        layer.arrival = .anyOrder
        layer.duplicates = limit
        return layer
    }

    /// (f) As `losses`, and the timers fire that end something: FIN-WAIT-2, TIME-WAIT, the last
    /// retransmission, the user timeout.
    ///
    /// An end whose last retransmission was in vain has lost as many segments as it takes; those are
    /// not counted as losses.
    public static func timers(losses limit: Int) -> Layer {
        var layer = Layer(name: "timers-\(limit)")
        layer.losses = limit
        layer.hasTimers = true
        return layer
    }

    /// (g) Both ends close, in order, and once a process connects again between the same ports.
    ///
    /// It goes as far as the second connection being open: it carries no data and is not closed.
    public static func reconnection(timestamps: Bool) -> Layer {
        var layer = Layer(name: timestamps ? "reconnection" : "reconnection-without-timestamps")
        layer.reconnections = 1
        layer.hasTimestamps = timestamps
        return layer
    }

    /// All layers, as small as they are useful.
    public static let all: [Layer] = [
        .inOrder, .anyOrder, .losses(1), .losses(2), .data, .duplicates(1), .timers(losses: 1),
        .reconnection(timestamps: true), .reconnection(timestamps: false),
    ]

    /// The layer of a name: one of `all`, or `losses`, `duplicates` or `timers` with another limit, as
    /// in `losses-3`.
    ///
    /// - Parameter name: what `name` would be; limits go up to 9.
    public init?(named name: String) {
        let scaled = (0...9)
            .flatMap { [Layer.losses($0), .duplicates($0), .timers(losses: $0)] }
        guard let layer = (Layer.all + scaled).first(where: { $0.name == name }) else { return nil }
        self = layer
    }

    /// Where an exploration of the layer begins.
    public func start(numbersSegments: Bool = true) -> Connection {
        var connection = Connection(numbersSegments: numbersSegments)
        for end in ConnectionEnd.allCases { connection[end].hasListener = reconnections > 0 }
        return connection
    }
}
