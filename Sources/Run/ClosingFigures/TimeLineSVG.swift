// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import TextForms

/// A time-line as SVG: both ends as bars coloured by state, time downwards, segments between them.
package struct TimeLineSVG {
    private static let width = 760.0
    private static let margin = 28.0
    private static let rowHeight = 48.0
    private static let barWidth = 10.0
    private static let sideWidth = 190.0

    private let timeLine: TimeLine
    private let top: Double
    private var svg = SVGText()

    private init(_ timeLine: TimeLine) {
        self.timeLine = timeLine
        top = 128
    }

    /// The document.
    package static func document(_ timeLine: TimeLine) -> String {
        var drawing = TimeLineSVG(timeLine)
        return drawing.draw(isPart: false)
    }

    /// The image as a part of a page whose style sheet has `sheet`.
    package static func part(_ timeLine: TimeLine) -> String {
        var drawing = TimeLineSVG(timeLine)
        return drawing.draw(isPart: true)
    }

    /// The style sheet of the images.
    package static var sheet: String { SVGStyle.sheet }

    private func x(_ end: ConnectionEnd) -> Double {
        end == .a ? Self.sideWidth : Self.width - Self.sideWidth
    }

    private func y(_ moment: Int) -> Double { top + Double(moment) * Self.rowHeight }

    private mutating func draw(isPart: Bool) -> String {
        let height = y(timeLine.moments.count) + 6
        drawCaption()
        for end in ConnectionEnd.allCases { drawBars(end) }
        for flight in timeLine.flights { drawLine(flight) }
        for end in ConnectionEnd.allCases { drawSide(end) }
        for flight in timeLine.flights { drawLabel(flight) }
        return svg.document(
            width: Self.width, height: height, title: "TCP closing order \(timeLine.name)",
            description: timeLine.caption, isPart: isPart)
    }

    private mutating func drawCaption() {
        let columns = Int((Self.width - 2 * Self.margin) / SVGText.width("x"))
        svg.text(
            timeLine.caption.wrapped(to: columns - 8)[0], at: Point(Self.margin, 36), size: 15,
            style: "title")
        svg.text("order \(shortName(columns))", at: Point(Self.margin, 60), style: "soft")
        for end in ConnectionEnd.allCases {
            svg.text(
                end.rawValue, at: Point(x(end), top - 18), anchor: .middle, size: 18, style: "title"
            )
        }
    }

    /// A name may be of any length.
    private func shortName(_ columns: Int) -> String {
        let room = columns - 8
        return timeLine.name.count <= room ? timeLine.name : timeLine.name.prefix(room - 3) + "..."
    }

    /// The bar of one end, a piece for each state.
    private mutating func drawBars(_ end: ConnectionEnd) {
        var start = 0
        let moments = timeLine.moments
        for index in 1...moments.count {
            let state = moments[start].states[end]
            guard index == moments.count || moments[index].states[end] != state else { continue }
            let isLast = index == moments.count
            svg.rectangle(
                Box(
                    left: x(end) - Self.barWidth / 2, top: y(start) - (start == 0 ? 8 : 0),
                    right: x(end) + Self.barWidth / 2, bottom: y(index) - (isLast ? 20 : 2)),
                radius: 2, style: "bar \(SVGStyle.name(state))")
            start = index
        }
    }

    /// States and causes beside the bar.
    private mutating func drawSide(_ end: ConnectionEnd) {
        let outside = end == .a ? -18.0 : 18.0
        let anchor: SVGText.Anchor = end == .a ? .end : .start
        for (index, moment) in timeLine.moments.enumerated() {
            let before = index == 0 ? nil : timeLine.moments[index - 1].states[end]
            let place = Point(x(end) + outside, y(index))
            if moment.states[end] != before {
                svg.text(
                    moment.states[end].rawValue, at: Point(place.x, place.y + 5), anchor: anchor,
                    style: "title")
            }
            guard moment.end == end else { continue }
            let note = moment.cause ?? (moment.restartsTimeWait ? "60 s again" : nil)
            if let note {
                svg.text(
                    note, at: Point(place.x, place.y - 12), anchor: anchor, size: 12, style: "soft")
            }
        }
    }

    /// Where a segment goes, from its departure to its arrival or its loss.
    private func line(_ flight: TimeLine.Flight) -> (start: Point, end: Point) {
        let isRightward = flight.from == .a
        let gap = (Self.barWidth / 2 + 3) * (isRightward ? 1 : -1)
        let (from, to) = (x(flight.from) + gap, x(flight.from.other) - gap)
        let departure = y(flight.departure)
        let arrival = flight.arrival.map(y) ?? departure + Self.rowHeight
        let start = flight.isCopy ? from + (to - from) * 0.4 : from
        guard flight.isLost else { return (Point(start, departure), Point(to, arrival)) }
        return (
            Point(start, departure),
            Point(start + (to - start) * 0.72, departure + (arrival - departure) * 0.72)
        )
    }

    private mutating func drawLine(_ flight: TimeLine.Flight) {
        let (start, end) = line(flight)
        svg.path(
            "M\(SVGText.at(start)) L\(SVGText.at(end))",
            style: flight.isLost ? "flight lost" : "flight")
        if flight.isLost {
            svg.path(
                "M\(SVGText.at(Point(end.x - 6, end.y - 6))) l12 12 m0 -12 l-12 12", style: "cross")
        } else {
            svg.arrowHead(at: end, from: start, style: "ink")
        }
    }

    /// What the segment is, on its line, where no other text stands.
    private mutating func drawLabel(_ flight: TimeLine.Flight) {
        let (start, end) = line(flight)
        let label = flight.label + (flight.isCopy ? " (copy)" : "") + (flight.isLost ? " lost" : "")
        // A third of the way is best; the nearest place beside other texts will do.
        let parts = (5...45).map { Double($0) / 50 }
            .sorted { (abs($0 - 0.34), $0) < (abs($1 - 0.34), $1) }
        let places = parts.map { part in
            Point(start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part + 4)
        }
        let free = places.first { place in
            let box = SVGText.box(label, at: place, anchor: .middle).grown(by: 4)
            return !svg.boxes.contains { $0.overlaps(box) }
        }
        let place = free ?? places[0]
        svg.rectangle(
            SVGText.box(label, at: place, anchor: .middle).grown(by: 3), radius: 3, style: "paper")
        svg.text(label, at: place, anchor: .middle)
    }
}
