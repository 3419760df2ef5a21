// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import TextForms

/// A time-line in the manner of RFC 9293, Figures 12 and 13: a line for each segment, the states of
/// its sender and its receiver at either side; dots where it is still, or was, in the network.
package struct TimeLineText {
    /// The greatest width, in columns.
    package static let width = 80

    private static let numberWidth = 4
    private static let stateWidth = 13
    private static let arrowWidth = width - numberWidth - 2 * stateWidth - 1

    private let timeLine: TimeLine
    private var lines: [String] = []
    private var number = 0

    private init(_ timeLine: TimeLine) { self.timeLine = timeLine }

    /// The drawing, each line with its line feed.
    package static func text(_ timeLine: TimeLine) -> String {
        var drawing = TimeLineText(timeLine)
        drawing.draw()
        return drawing.lines.map { $0 + "\n" }.joined()
    }

    private mutating func draw() {
        add(left: "A", right: "B")
        addNumbered(
            left: timeLine.moments[0].states.a.rawValue,
            right: timeLine.moments[0].states.b.rawValue)
        for index in timeLine.moments.indices.dropFirst() { draw(index) }
    }

    private mutating func draw(_ index: Int) {
        let moment = timeLine.moments[index]
        for flight in timeLine.flights where flight.arrival == index && !isShort(flight) {
            drawArrival(of: flight, at: index)
        }
        if moment.restartsTimeWait, let end = moment.end { add("60 s again", at: end) }
        if let cause = moment.cause, let end = moment.end { add(cause, at: end) }
        let departing = timeLine.flights.filter { $0.departure == index }
        for flight in departing { drawDeparture(of: flight, at: index) }
        if departing.isEmpty, moment.cause != nil, let end = moment.end {
            addNumbered(moment.states[end].rawValue, at: end)
        }
    }

    /// Whether it is drawn on one line: nothing else happens on its way.
    private func isShort(_ flight: TimeLine.Flight) -> Bool {
        flight.arrival == flight.departure + 1 && !flight.isCopy
    }

    private mutating func drawDeparture(of flight: TimeLine.Flight, at index: Int) {
        let sender = timeLine.moments[index].states[flight.from].rawValue
        let label = flight.label + (flight.isCopy ? " (copy)" : "")
        guard isShort(flight) else {
            add(
                flight, label, start: flight.isCopy ? .network : .end, end: .network,
                sender: flight.isCopy ? "" : sender, receiver: "")
            return
        }
        let receiver = timeLine.moments[index + 1].states[flight.from.other].rawValue
        add(
            flight, label, start: .end, end: flight.isLost ? .lost : .end, sender: sender,
            receiver: flight.isLost ? "" : receiver)
    }

    private mutating func drawArrival(of flight: TimeLine.Flight, at index: Int) {
        let receiver = timeLine.moments[index].states[flight.from.other].rawValue
        add(
            flight, flight.label + (flight.isCopy ? " (copy)" : ""), start: .network,
            end: flight.isLost ? .lost : .end, sender: "",
            receiver: flight.isLost ? "" : receiver)
    }

    private enum Tip {
        /// At an end of the connection.
        case end
        /// Somewhere in the network.
        case network
        /// Nowhere any more.
        case lost
    }

    private mutating func add(
        _ flight: TimeLine.Flight, _ label: String, start: Tip, end: Tip, sender: String,
        receiver: String
    ) {
        let isRightward = flight.from == .a
        let tail = start == .network ? " . . . " : ""
        let head: String
        switch end {
        case .end: head = isRightward ? ">" : "<"
        case .network: head = " . . . "
        case .lost: head = isRightward ? "X lost " : " lost X"
        }
        let inner = Self.arrowWidth - tail.count - head.count
        let shaft = Self.shaft(label, width: inner)
        let arrow = isRightward ? tail + shaft + head : head + shaft + tail
        addNumbered(
            left: isRightward ? sender : receiver, right: isRightward ? receiver : sender,
            arrow: arrow)
    }

    /// A label in the middle of a line of hyphens.
    private static func shaft(_ label: String, width: Int) -> String {
        let rest = width - label.count - 2
        let left = rest / 2
        return String(repeating: "-", count: left) + " \(label) "
            + String(repeating: "-", count: rest - left)
    }

    private mutating func add(_ text: String, at end: ConnectionEnd) {
        add(left: end == .a ? text : "", right: end == .b ? text : "")
    }

    private mutating func addNumbered(_ text: String, at end: ConnectionEnd) {
        addNumbered(left: end == .a ? text : "", right: end == .b ? text : "")
    }

    private mutating func addNumbered(left: String, right: String, arrow: String = "") {
        number += 1
        add("\(number)".padded(to: 2, atEnd: false) + ".", left: left, right: right, arrow: arrow)
    }

    private mutating func add(
        _ number: String = "", left: String, right: String, arrow: String = ""
    ) {
        let line =
            number.padded(to: Self.numberWidth) + left.padded(to: Self.stateWidth)
            + arrow.padded(to: Self.arrowWidth) + "  " + right
        lines.append(line.withoutTrailingSpaces)
    }
}
