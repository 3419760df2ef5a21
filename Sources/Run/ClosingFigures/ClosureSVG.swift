// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// The figure of a normal closure as SVG: each walk a line of its own, like lines on a city map.
package struct ClosureSVG {
    private static let margin = 28.0
    private static let top = 92.0
    private static let nodeHeight = 34.0
    private static let bend = 36.0
    private static let spread = 9.0
    private static let lineHeight = 18.0

    private let figure: ClosureFigure
    private let layout: ClosureLayout
    private let columnWidth: Double
    private let rankTops: [Double]
    private var svg = SVGText()

    private init(_ figure: ClosureFigure) {
        self.figure = figure
        let layout = ClosureLayout(figure)
        self.layout = layout
        let labels = layout.lanes.flatMap(\.edge.labels).map { SVGText.width($0) + 34 }
        columnWidth = max(150, labels.max() ?? 0)
        var tops = [Self.top]
        for rank in 0..<layout.ranks {
            let isLabelled = layout.lanes.contains {
                $0.from.rank == rank && !$0.edge.walks.isEmpty
            }
            tops.append(tops[rank] + Self.nodeHeight + 2 * Self.bend + (isLabelled ? 40 : -10))
        }
        rankTops = tops
    }

    /// The document.
    package static func document(_ figure: ClosureFigure) -> String {
        var drawing = ClosureSVG(figure)
        return drawing.draw()
    }

    private var width: Double { 2 * Self.margin + Double(layout.columns) * columnWidth }

    private func x(_ column: Double) -> Double { Self.margin + (column + 0.5) * columnWidth }

    private func top(_ node: ClosureLayout.Node) -> Double { rankTops[node.rank] }

    private func bottom(_ node: ClosureLayout.Node) -> Double { top(node) + Self.nodeHeight }

    private static func nodeWidth(_ state: TCPState) -> Double {
        SVGText.width(state.rawValue) + 34
    }

    private mutating func draw() -> String {
        let title = "How a TCP connection closes"
        svg.text(title, at: Point(Self.margin, 34), size: 18, style: "title")
        svg.text(
            "every state of one end, in any order of events (RFC 9293)",
            at: Point(Self.margin, 56), style: "soft")
        for lane in layout.lanes { draw(lane) }
        for node in layout.nodes { draw(node) }
        let height = drawLegend(from: rankTops[layout.ranks - 1] + Self.nodeHeight + 50)
        let walks = figure.walks.map { $0.states.map(\.rawValue).joined(separator: ", ") }
        // What stands beside the last line may need more room than its column has.
        let right = (svg.boxes.map(\.right).max() ?? 0) + Self.margin
        return svg.document(
            width: max(width, right), height: height, title: title,
            description: "\(walks.count) paths: " + walks.joined(separator: "; ") + ".")
    }

    private mutating func draw(_ node: ClosureLayout.Node) {
        let half = Self.nodeWidth(node.state) / 2
        let middle = x(node.column)
        svg.rectangle(
            Box(left: middle - half, top: top(node), right: middle + half, bottom: bottom(node)),
            radius: 8, style: "box \(SVGStyle.name(node.state))")
        svg.text(
            node.state.rawValue, at: Point(middle, top(node) + 22), anchor: .middle, style: "title")
    }

    private mutating func draw(_ lane: ClosureLayout.Lane) {
        let walks = lane.edge.walks
        guard !walks.isEmpty else { return drawAfterwards(lane) }
        let (start, end) = (bottom(lane.from), top(lane.to))
        for (place, walk) in walks.enumerated() {
            let shift = (Double(place) - Double(walks.count - 1) / 2) * Self.spread
            let source = x(lane.from.column) + self.shift(walk, at: lane.from)
            let target = x(lane.to.column) + self.shift(walk, at: lane.to)
            let middle = x(lane.column) + shift
            let style = walk % SVGStyle.walkColours
            svg.path(
                "M\(SVGText.at(Point(source, start)))"
                    + turn(from: source, to: middle, y: start + Self.bend / 2, shift)
                    + turn(from: middle, to: target, y: end - Self.bend / 2 - 8, -shift)
                    + " L\(SVGText.at(Point(target, end - 8)))", style: "walk walk\(style)")
            svg.arrowHead(
                at: Point(target, end), from: Point(target, end - 20), style: "fill fill\(style)")
        }
        let left = x(lane.column) + Double(walks.count - 1) / 2 * Self.spread + 12
        for (line, label) in lane.edge.labels.enumerated() {
            svg.text(
                label,
                at: Point(left, start + Self.bend + 12 + Double(line) * Self.lineHeight))
        }
    }

    /// Where a walk goes through a state: beside the others that do.
    private func shift(_ walk: Int, at node: ClosureLayout.Node) -> Double {
        let walks = figure.walks.indices.filter {
            node.state == .established || figure.walks[$0].states.contains(node.state)
        }
        let place = walks.firstIndex(of: walk) ?? 0
        return (Double(place) - Double(walks.count - 1) / 2) * Self.spread
    }

    /// From one column to another at a height, round the corners; neighbours keep their distance.
    private func turn(from start: Double, to end: Double, y: Double, _ shift: Double) -> String {
        guard abs(end - start) > 0.5 else { return "" }
        let direction = end > start ? 1.0 : -1.0
        let level = y - direction * shift
        let radius = min(12, abs(end - start) / 2)
        return " L\(SVGText.at(Point(start, level - radius)))"
            + " Q\(SVGText.at(Point(start, level))) "
            + SVGText.at(Point(start + direction * radius, level))
            + " L\(SVGText.at(Point(end - direction * radius, level)))"
            + " Q\(SVGText.at(Point(end, level))) \(SVGText.at(Point(end, level + radius)))"
    }

    /// What ends the last state comes in from the side.
    private mutating func drawAfterwards(_ lane: ClosureLayout.Lane) {
        let source = x(lane.from.column)
        let level = top(lane.to) + Self.nodeHeight / 2
        let target = x(lane.to.column) - Self.nodeWidth(lane.to.state) / 2
        svg.path(
            "M\(SVGText.at(Point(source, bottom(lane.from)))) L\(SVGText.at(Point(source, level))) "
                + "L\(SVGText.at(Point(target - 8, level)))", style: "after")
        svg.arrowHead(at: Point(target, level), from: Point(source, level), style: "ink")
        svg.text(
            lane.edge.labels.joined(separator: " or "), at: Point(source + 12, level - 8),
            style: "soft")
    }

    /// The walks by colour.
    ///
    /// - Returns: where the drawing ends.
    private mutating func drawLegend(from top: Double) -> Double {
        var y = top
        svg.text(
            "Paths of one end, found in the \(figure.orderCount) orders of layer "
                + figure.layer.name, at: Point(Self.margin, y), style: "soft")
        let walks = figure.walks.map { walk in
            walk.states.map(\.rawValue).joined(separator: " → ")
        }
        let widest = walks.map(\.count).max() ?? 0
        for (index, (walk, states)) in zip(figure.walks, walks).enumerated() {
            y += 26
            svg.path(
                "M\(SVGText.at(Point(Self.margin, y - 4))) l34 0",
                style: "walk walk\(index % SVGStyle.walkColours)")
            svg.text("\(index + 1)", at: Point(Self.margin + 46, y), style: "soft")
            svg.text(states, at: Point(Self.margin + 68, y))
            svg.text(
                "\(walk.count) ends",
                at: Point(
                    Self.margin + 84 + SVGText.width(String(repeating: "x", count: widest + 8)), y),
                anchor: .end, style: "soft")
        }
        return y + 30
    }
}
