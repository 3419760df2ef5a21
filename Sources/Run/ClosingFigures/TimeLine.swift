// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// One order of events laid out in time, for whatever draws it.
package struct TimeLine: Hashable, Sendable {
    /// What happens at one moment, which is the start or one step.
    package struct Moment: Hashable, Sendable {
        /// The end at which it happens; `nil` for the start and for what the network does.
        package var end: ConnectionEnd?
        /// What a process or a timer does; `nil` where a segment arrives.
        package var cause: String?
        /// The states of both ends afterwards.
        package var states: JointState
        /// Whether TIME-WAIT, which had begun before, starts again.
        package var restartsTimeWait = false
    }

    /// A segment on its way.
    package struct Flight: Hashable, Sendable {
        /// Where it comes from.
        package var from: ConnectionEnd
        /// What it is.
        package var label: String
        /// The moment it is sent, or copied by the network.
        package var departure: Int
        /// The moment it arrives or is lost; `nil` if it never does.
        package var arrival: Int?
        /// Whether it is lost.
        package var isLost = false
        /// Whether the network has made it.
        package var isCopy = false
    }

    /// The name of the order.
    package let name: String
    /// Who closes first, what crosses, what is lost and who keeps TIME-WAIT, in one sentence.
    package let caption: String
    /// The start, then one moment for each step.
    package let moments: [Moment]
    /// Segments, in the order they depart.
    package let flights: [Flight]

    /// Lays an order out.
    package init(_ order: Order) {
        name = order.name
        caption = OrderFacts(order).sentence
        var moments = [Moment(states: order.start.states)]
        var flights: [Flight] = []
        var places: [FlightKey: Int] = [:]
        for (index, step) in order.steps.enumerated() {
            let row = step.transition
            moments.append(
                Moment(
                    end: step.event.end, cause: Self.cause(of: step.event),
                    states: order.states[index + 1],
                    restartsTimeWait: row?.state == .timeWait && row?.startsTimeWait == true
                        && row?.next == .timeWait))
            switch step.event {
            case .deliver(let from, _), .lose(let from, _):
                guard let place = step.segment.flatMap({ places[FlightKey(from, $0)] }) else {
                    break
                }
                flights[place].arrival = index + 1
                if case .lose = step.event { flights[place].isLost = true }
            case .duplicate(let from, _):
                guard let segment = step.segment else { break }
                places[FlightKey(from, segment)] = flights.count
                flights.append(
                    Flight(from: from, label: segment.label, departure: index + 1, isCopy: true))
            case .call, .retransmit, .expire, .reconnect: break
            }
            guard let sent = step.sent, let from = step.event.end else { continue }
            places[FlightKey(from, sent)] = flights.count
            flights.append(Flight(from: from, label: sent.label, departure: index + 1))
        }
        self.moments = moments
        self.flights = flights
    }

    private struct FlightKey: Hashable {
        var from: ConnectionEnd
        var number: UInt8
        var isCopy: Bool

        init(_ from: ConnectionEnd, _ segment: Segment) {
            (self.from, number, isCopy) = (from, segment.number, segment.isCopy)
        }
    }

    private static func cause(of event: ConnectionEvent) -> String? {
        switch event {
        case .call(let call, _): words(call)
        case .retransmit: "timer: again"
        case .expire(let timer, _): words(timer)
        case .reconnect(_, let isNewer): isNewer ? "connect()" : "connect(), old"
        case .deliver, .lose, .duplicate: nil
        }
    }

    private static func words(_ call: UserCall) -> String {
        switch call {
        case .close: "close()"
        case .shutDown: "shutdown()"
        case .abort: "close(), RST"
        case .die: "dies"
        case .send: "send()"
        case .read: "reads"
        }
    }

    private static func words(_ timer: ClosingTimer) -> String {
        switch timer {
        case .retransmissionsExhausted: "gives up"
        case .finWait2: "timer: over"
        case .timeWait: "60 s over"
        case .user: "user timeout"
        }
    }
}
