// SPDX-License-Identifier: Apache-2.0

// The name of an order lists its events, so that it can be typed, kept and replayed: `a-b-a1-b1-b2-a2`
// says that A closed, B closed, A's first segment arrived, and so on. The letter is that of the end
// that acts, and for segments of the one that sent them:
//
//     a    A closes            ha  A half-closes (shutdown)    la  A closes with linger 0
//     ka   A's process dies    wa  A writes                    ga  A reads
//     a1   the first segment that A sent arrives at B          xa1 it is lost     da1 it is copied
//     ca1  the copy of it arrives at B                         xca1 the copy is lost
//     ra   A's retransmission timer fires                      ea  A gives up retransmitting
//     ta   A's TIME-WAIT ends  oa  A's FIN-WAIT-2 ends         ua  A's user timeout passes

/// What is wrong with the name of an order.
public struct OrderNameFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The part of the name that was not understood or could not happen.
    public let part: String
    /// Which part it is, from 1.
    public let place: Int
    /// Why, and what could stand there instead.
    public let description: String
}

extension Order: CustomStringConvertible {
    /// A short name that no other order has: its events, joined by hyphens.
    public var name: String { steps.map(Self.token).joined(separator: "-") }

    /// The name.
    public var description: String { name }

    /// Replays the order that has a name.
    ///
    /// Any events that can happen are understood, whichever layer has them.
    public init(
        named name: String, by table: TransitionTable = .linux
    ) throws(OrderNameFault) {
        self.init()
        guard !name.isEmpty else { return }
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let choices = end.everyEvent(by: table).map { ($0, Self.token(end.preview($0, by: table))) }
            guard let choice = choices.first(where: { $0.1 == part }) else {
                let names = choices.map(\.1).joined(separator: " ")
                throw OrderNameFault(
                    part: String(part), place: index + 1,
                    description: "part \(index + 1), `\(part)`, cannot happen there; can: \(names)")
            }
            append(choice.0, by: table)
        }
    }

    /// The part of a name that stands for a step.
    private static func token(_ step: Connection.Step) -> String {
        func letter(_ end: ConnectionEnd) -> String { end.rawValue.lowercased() }
        let number = step.segment.map { String($0.number) } ?? ""
        let copy = step.segment?.isCopy == true ? "c" : ""
        switch step.event {
        case .call(let call, let end): return prefix(call) + letter(end)
        case .deliver(from: let end, _): return copy + letter(end) + number
        case .lose(from: let end, _): return "x" + copy + letter(end) + number
        case .duplicate(from: let end, _):
            return "d" + letter(end) + String(number)
        case .retransmit(let end): return "r" + letter(end)
        case .expire(let timer, let end): return prefix(timer) + letter(end)
        }
    }

    private static func prefix(_ call: UserCall) -> String {
        switch call {
        case .close: ""
        case .shutDown: "h"
        case .abort: "l"
        case .die: "k"
        case .send: "w"
        case .read: "g"
        }
    }

    private static func prefix(_ timer: ClosingTimer) -> String {
        switch timer {
        case .retransmissionsExhausted: "e"
        case .finWait2: "o"
        case .timeWait: "t"
        case .user: "u"
        }
    }
}

extension Connection {
    /// Everything that could happen next if nothing were limited.
    fileprivate func everyEvent(by table: TransitionTable) -> [ConnectionEvent] {
        var layer = Layer(name: "everything")
        layer.arrival = .anyOrder
        layer.calls = UserCall.allCases
        (layer.losses, layer.duplicates, layer.writes) = (16, 16, 16)
        layer.hasTimers = true
        return enabledEvents(in: layer, by: table)
    }

    /// The step of an event, without taking it.
    fileprivate func preview(_ event: ConnectionEvent, by table: TransitionTable) -> Step {
        var copy = self
        return copy.apply(event, by: table)
    }
}
