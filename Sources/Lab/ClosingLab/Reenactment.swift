// SPDX-License-Identifier: Apache-2.0

package import PrivateNetworks
import SocketDiagnostics
package import TCPClosing

/// One order of events on two real endpoints, beside the model.
///
/// Each event of the order is made to happen: a call on a socket, a segment that the wire delivers,
/// loses or copies, a retransmission that is waited for. After each one the model's answer must be
/// on the wire, with its numbers, and nothing else; and sock_diag must show at both ends what the
/// model says: the state, whether a process holds it, whether only a record is left. What the kernel
/// sends again by itself while the wire holds the original is taken off the wire.
package struct Reenactment {
    private let networks: PrivateNetworks
    private let connection: LabConnection
    private let order: Order
    private let start = ContinuousClock.now
    /// What is in flight, as the model's lists have it.
    private var flight: [ConnectionEnd: [WireSegment]] = [.a: [], .b: []]
    /// What each end has sent that takes sequence numbers.
    private var emitted: [ConnectionEnd: Set<Emission>] = [.a: [], .b: []]
    /// What an end sent again by itself last, if nothing has happened to the end since.
    private var spare: [ConnectionEnd: WireSegment] = [:]
    private var written: [ConnectionEnd: Int32] = [.a: 0, .b: 0]
    private var repeats = 0
    /// Whether the second connection has begun, whose numbers are no longer compared: the kernel
    /// begins it where it likes.
    private var hasReconnected = false
    /// What has come and is in none of the model's lists.
    private var arrived: [WireSegment] = []
    /// Segments with this number and later ones have not been looked at.
    private var firstUnsorted = 0

    /// How many bytes one piece of data of the model is.
    private static let piece = 100
    /// How long a retransmission may take: the timer doubles from 0.2 s (RFC 6298).
    private static let retransmissionTime = Duration.seconds(10)
    /// How long both ends may take to show what they do at once.
    private static let settlingTime = Duration.milliseconds(500)

    private struct Emission: Hashable {
        var sequence: UInt32
        var flags: TCPFlags
        var payload: Int
    }

    private init(
        _ order: Order, on networks: PrivateNetworks, ports: (UInt16, UInt16)
    ) throws(PrivateNetworkError) {
        self.order = order
        self.networks = networks
        connection = try LabConnection(
            on: networks, portA: ports.0, portB: ports.1,
            listens: ConnectionEnd.allCases.contains { order.start[$0].hasListener })
    }

    /// Replays an order on a connection of its own.
    ///
    /// - Parameters:
    ///   - order: the order, with what the model says of it.
    ///   - networks: where.
    ///   - ports: the ports of A and B, which nothing else uses.
    /// - Returns: the record; a disagreement is part of it.
    /// - Throws: what the kernel refused.
    package static func record(
        of order: Order, on networks: PrivateNetworks, ports: (UInt16, UInt16)
    ) throws(PrivateNetworkError) -> OrderRecord {
        var reenactment = try Reenactment(order, on: networks, ports: ports)
        let record = try reenactment.run()
        try reenactment.connection.discard()
        return record
    }

    /// Why an order cannot be replayed here; `nil` when it can.
    package static func obstacle(to order: Order) -> String? {
        for event in order.events {
            switch event {
            case .call, .deliver, .lose, .duplicate, .retransmit, .reconnect(_, isNewer: true):
                break
            case .expire: return "timers that end something are played as scenes"
            case .reconnect(_, isNewer: false):
                return "a kernel sends no older SYN: those are forged in scenes"
            }
        }
        return nil
    }

    private mutating func run() throws(PrivateNetworkError) -> OrderRecord {
        var record = OrderRecord(order: order)
        for (place, step) in order.steps.enumerated() {
            repeats = 0
            // What was sent again before this event is no answer to it.
            try sort()
            try act(step)
            let (answers, fault) = try answer(to: step)
            let model = order.connections[place]
            let kernel = try shown(expecting: model)
            let extra = try surplus()
            record.events.append(
                EventRecord(
                    step: step, time: .now - start,
                    model: [.a: EndShown(model[.a]), .b: EndShown(model[.b])], kernel: kernel,
                    sent: (answers + extra).map(shown), repeats: repeats))
            if let text = fault ?? Self.difference(model, kernel)
                ?? extra.first.map({
                    "the kernel sent what the model does not know: \(shown($0))"
                })
            {
                record.disagreement = Disagreement(place: place, text: text)
                break
            }
        }
        record.duration = .now - start
        return record
    }

    // MARK: Making it happen

    private mutating func act(_ step: Connection.Step) throws(PrivateNetworkError) {
        switch step.event {
        case .call(let call, let end):
            forgetSpare(of: end)
            try act(call, at: end)
        case .deliver(from: let sender, let index):
            forgetSpare(of: sender.other)
            guard let segment = flight[sender]?.remove(at: index) else { return }
            try networks.wire.deliver(segment)
        case .lose(from: let sender, let index):
            guard let segment = flight[sender]?.remove(at: index) else { return }
            networks.wire.drop(segment)
        case .duplicate(from: let sender, let index):
            guard let segment = flight[sender]?[index] else { return }
            let copy = networks.wire.duplicate(segment)
            flight[sender]?.append(copy)
            firstUnsorted = copy.id + 1
        case .reconnect(let end, isNewer: _):
            forgetSpare(of: end)
            hasReconnected = true
            try connection.reconnect(from: end)
        // The kernel's clock does it; it is waited for.
        case .retransmit, .expire: break
        }
    }

    private mutating func act(
        _ call: UserCall, at end: ConnectionEnd
    ) throws(PrivateNetworkError) {
        guard let socket = connection.sockets[end] else { return }
        switch call {
        case .close: socket.close()
        case .shutDown: try socket.shutDown()
        case .abort:
            try socket.set(.linger(0))
            socket.close()
        case .die: try socket.handOver().kill()
        case .send:
            try socket.send(Self.piece)
            written[end, default: 0] += 1
        case .read: while case .bytes = socket.receive() {}
        }
    }

    // MARK: Seeing what it did

    /// Waits for the model's answer.
    ///
    /// - Returns: what was sent, and what is wrong with it.
    private mutating func answer(
        to step: Connection.Step
    ) throws(PrivateNetworkError) -> ([WireSegment], String?) {
        guard let expected = step.sent, let end = step.event.end else { return ([], nil) }
        let isAgain = if case .retransmit = step.event { true } else { false }
        let time = isAgain ? Self.retransmissionTime : LabConnection.patience
        let deadline = ContinuousClock.now + time
        while true {
            if isAgain, let segment = spare.removeValue(forKey: end) {
                return take(segment, as: expected)
            }
            if let segment = nextArrival(from: end) { return take(segment, as: expected) }
            let left = deadline - .now
            guard left > .zero else {
                return ([], "the model has \(end) send \(expected.label); the kernel sent nothing")
            }
            try sort(within: left)
        }
    }

    /// Takes a segment for the one the model has sent.
    private mutating func take(
        _ segment: WireSegment, as expected: Segment
    ) -> ([WireSegment], String?) {
        flight[segment.from]?.append(segment)
        let seen = shown(segment)
        let wanted = modelled(expected, from: segment.from, like: segment)
        let isWanted = hasReconnected ? seen.flags == wanted.flags : seen == wanted
        guard isWanted else {
            return ([segment], "the model has \(wanted); sent was \(seen)")
        }
        return ([segment], nil)
    }

    /// Takes what has come since the last time: `arrived`, and what was only sent again.
    private mutating func sort(within time: Duration = .zero) throws(PrivateNetworkError) {
        try networks.wire.collect(within: time)
        for segment in networks.wire.inFlight where segment.id >= firstUnsorted {
            firstUnsorted = segment.id + 1
            guard connection.owns(segment) else {
                networks.wire.drop(segment)
                continue
            }
            let packet = segment.packet
            let emission = Emission(
                sequence: packet.sequence, flags: packet.flags.intersection([.fin, .rst, .syn]),
                payload: packet.payload.count)
            let isFirst =
                packet.sequenceLength == 0
                || emitted[segment.from, default: []].insert(emission).inserted
            if isFirst {
                arrived.append(segment)
            } else {
                repeats += 1
                forgetSpare(of: segment.from)
                spare[segment.from] = segment
            }
        }
    }

    private mutating func forgetSpare(of end: ConnectionEnd) {
        if let segment = spare.removeValue(forKey: end) { networks.wire.drop(segment) }
    }

    private mutating func nextArrival(from end: ConnectionEnd) -> WireSegment? {
        guard let place = arrived.firstIndex(where: { $0.from == end }) else { return nil }
        return arrived.remove(at: place)
    }

    /// What came beyond the model's answer.
    private mutating func surplus() throws(PrivateNetworkError) -> [WireSegment] {
        try sort()
        return arrived
    }

    /// What both ends show, once that is what the model says or time is up.
    private mutating func shown(
        expecting model: Connection
    ) throws(PrivateNetworkError) -> [ConnectionEnd: EndShown] {
        let deadline = ContinuousClock.now + Self.settlingTime
        while true {
            let kernel: [ConnectionEnd: EndShown] = [
                .a: try connection.shown(at: .a), .b: try connection.shown(at: .b),
            ]
            let isSettled = Self.difference(model, kernel) == nil
            if isSettled || ContinuousClock.now > deadline { return kernel }
            try sort(within: .milliseconds(2))
        }
    }

    private static func difference(
        _ model: Connection, _ kernel: [ConnectionEnd: EndShown]
    ) -> String? {
        for end in ConnectionEnd.allCases {
            let wanted = EndShown(model[end])
            let seen = kernel[end] ?? .gone
            if !seen.agrees(with: wanted) {
                return "\(end) is \(wanted) in the model; the kernel shows \(seen)"
            }
        }
        return nil
    }

    // MARK: Numbers

    private func shown(_ segment: WireSegment) -> SegmentShown {
        let packet = segment.packet
        let hasAcknowledgement = packet.flags.contains(.ack)
        return SegmentShown(
            from: segment.from, flags: packet.flags.description,
            sequence: distance(packet.sequence, segment.from),
            acknowledgement: hasAcknowledgement
                ? distance(packet.acknowledgement, segment.from.other) : nil,
            payload: packet.payload.count)
    }

    /// How far a number of an end is from its first one.
    private func distance(_ number: UInt32, _ end: ConnectionEnd) -> Int32 {
        Int32(bitPattern: number &- (connection.firstSequence[end] ?? 0))
    }

    /// The model's segment in bytes; a RST has an acknowledgement or not, the model does not say.
    private func modelled(
        _ segment: Segment, from end: ConnectionEnd, like seen: WireSegment
    ) -> SegmentShown {
        let isBareReset = segment.kind == .rst && !seen.packet.flags.contains(.ack)
        let flags: TCPFlags =
            switch segment.kind {
            case .ack, .data: .ack
            case .fin: [.fin, .ack]
            case .rst: isBareReset ? .rst : [.rst, .ack]
            case .syn: .syn
            case .synAck: [.syn, .ack]
            }
        return SegmentShown(
            from: end, flags: flags.description,
            sequence: bytes(segment.sequence, of: end),
            acknowledgement: isBareReset ? nil : bytes(segment.acknowledgement, of: end.other),
            payload: segment.kind == .data ? Self.piece : 0)
    }

    /// A number of the model as the kernel counts: a piece of data is many bytes, a FIN is one.
    private func bytes(_ number: UInt8, of end: ConnectionEnd) -> Int32 {
        let pieces = min(Int32(number), written[end] ?? 0)
        return pieces * Int32(Self.piece) + (Int32(number) - pieces)
    }
}
