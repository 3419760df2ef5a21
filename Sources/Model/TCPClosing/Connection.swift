// SPDX-License-Identifier: Apache-2.0

/// A connection as a whole: two ends and the segments in flight between them.
///
/// Two connections are equal when the same can still happen to them, so an exploration visits each
/// once. With `numbersSegments` they also remember how many segments were sent, which tells segments
/// apart for a reader and makes more values different.
public struct Connection: Hashable, Sendable {
    /// What one event did.
    public struct Step: Hashable, Sendable {
        /// What happened.
        public let event: ConnectionEvent
        /// The segment that was delivered, lost or copied.
        public let segment: Segment?
        /// The row that was followed; `nil` where no end was concerned, or a process only read.
        public let transition: Transition?
        /// What `event.end` sent.
        public let sent: Segment?
    }

    private var endpointA = Endpoint.established
    private var endpointB = Endpoint.established
    private var flightA: [Segment] = []
    private var flightB: [Segment] = []
    private var emittedA: UInt8 = 0
    private var emittedB: UInt8 = 0
    /// Whether segments carry the number of their emission.
    public let numbersSegments: Bool
    /// How many segments were lost.
    public private(set) var losses: UInt8 = 0
    /// How many segments were copied.
    public private(set) var duplicates: UInt8 = 0

    /// An open connection with nothing in flight.
    public init(numbersSegments: Bool = true) { self.numbersSegments = numbersSegments }

    /// One of the ends.
    public subscript(end: ConnectionEnd) -> Endpoint {
        get {
            switch end {
            case .a: endpointA
            case .b: endpointB
            }
        }
        set {
            switch end {
            case .a: endpointA = newValue
            case .b: endpointB = newValue
            }
        }
    }

    /// The segments on their way from an end, the one sent first in front.
    public internal(set) subscript(inFlightFrom end: ConnectionEnd) -> [Segment] {
        get {
            switch end {
            case .a: flightA
            case .b: flightB
            }
        }
        set {
            switch end {
            case .a: flightA = newValue
            case .b: flightB = newValue
            }
        }
    }

    /// The states of both ends.
    public var states: JointState { JointState(endpointA.state, endpointB.state) }

    /// Whether nothing is in flight.
    public var isQuiet: Bool { flightA.isEmpty && flightB.isEmpty }

    /// Lets an event happen.
    ///
    /// - Parameters:
    ///   - event: one whose index, if it has one, is that of a segment in flight.
    ///   - table: what events do.
    /// - Returns: what it did.
    @discardableResult
    public mutating func apply(
        _ event: ConnectionEvent, by table: TransitionTable = .linux
    ) -> Step {
        switch event {
        case .call(let call, let end):
            return conclude(event, self[end].call(call, by: table), at: end)
        case .deliver(from: let sender, let index):
            let segment = self[inFlightFrom: sender].remove(at: index)
            let end = sender.other
            return conclude(event, self[end].receive(segment, by: table), at: end, segment)
        case .lose(from: let sender, let index):
            let segment = self[inFlightFrom: sender].remove(at: index)
            losses += 1
            return Step(event: event, segment: segment, transition: nil, sent: nil)
        case .duplicate(from: let sender, let index):
            var segment = self[inFlightFrom: sender][index]
            self[inFlightFrom: sender][index].wasCopied = true
            segment.isCopy = true
            self[inFlightFrom: sender].append(segment)
            duplicates += 1
            return Step(event: event, segment: segment, transition: nil, sent: nil)
        case .retransmit(let end):
            return conclude(event, self[end].retransmit(by: table), at: end)
        case .expire(let timer, let end):
            return conclude(event, self[end].expire(timer, by: table), at: end)
        }
    }

    /// Puts what an end has sent on its way.
    private mutating func conclude(
        _ event: ConnectionEvent, _ reaction: Endpoint.Reaction, at end: ConnectionEnd,
        _ segment: Segment? = nil
    ) -> Step {
        var sent = reaction.sent
        if numbersSegments, sent != nil { sent?.number = nextNumber(of: end) }
        if let sent { self[inFlightFrom: end].append(sent) }
        return Step(
            event: event, segment: segment, transition: reaction.transition, sent: sent)
    }

    private mutating func nextNumber(of end: ConnectionEnd) -> UInt8 {
        switch end {
        case .a:
            emittedA += 1
            return emittedA
        case .b:
            emittedB += 1
            return emittedB
        }
    }
}
