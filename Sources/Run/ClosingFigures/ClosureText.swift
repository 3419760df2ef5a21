// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import TextForms

/// The figure of a normal closure in characters, and its walks under it.
package enum ClosureText {
    /// The greatest width, in columns.
    package static let width = 80

    /// How many lines lie below a rank: a line to spread, two for labels, a line to gather, an
    /// arrow head; fewer where there is nothing to label.
    private static func gap(below rank: Int, in layout: ClosureLayout) -> Int {
        let isLabelled = layout.lanes.contains { $0.from.rank == rank && !$0.edge.walks.isEmpty }
        return isLabelled ? 5 : 2
    }

    /// The drawing and the list of walks.
    package static func text(_ figure: ClosureFigure) -> String {
        drawing(figure) + "\n" + list(figure)
    }

    /// The drawing, each line with its line feed.
    package static func drawing(_ figure: ClosureFigure) -> String {
        let layout = ClosureLayout(figure)
        let lines = (0..<layout.ranks)
            .map { rank in
                (0..<rank).reduce(0) { $0 + gap(below: $1, in: layout) + 1 }
            }
        var canvas = TextCanvas(width: width, height: (lines.last ?? 0) + 1)
        func x(_ column: Double) -> Int {
            Int((column + 0.5) * Double(width) / Double(layout.columns)) - 2
        }
        func y(_ rank: Int) -> Int { lines[rank] }
        for lane in layout.lanes {
            let (top, bottom) = (y(lane.from.rank), y(lane.to.rank))
            let (source, middle, target) = (x(lane.from.column), x(lane.column), x(lane.to.column))
            if lane.edge.walks.isEmpty {
                // What ends TIME-WAIT comes in from the side.
                canvas.down(x: source, from: top + 1, to: bottom)
                let label = lane.edge.labels.joined(separator: " or ")
                let end = target - lane.to.state.rawValue.count / 2 - 2
                canvas.across(y: bottom, from: source, to: end)
                canvas.put(">", x: end, y: bottom)
                canvas.put(" \(label) ", x: source + 2, y: bottom)
                continue
            }
            canvas.down(x: source, from: top + 1, to: top + 1)
            if source != middle { canvas.across(y: top + 1, from: source, to: middle) }
            canvas.down(x: middle, from: top + 2, to: bottom - 2)
            if target != middle { canvas.across(y: bottom - 2, from: middle, to: target) }
            canvas.down(x: target, from: bottom - 2, to: bottom - 2)
            canvas.put("v", x: target, y: bottom - 1)
            for (line, part) in Self.lines(lane.edge).enumerated() {
                canvas.put(part, x: middle + 2, y: top + 2 + line)
            }
        }
        for node in layout.nodes {
            let name = node.state.rawValue
            canvas.put(name, x: x(node.column) - name.count / 2, y: y(node.rank))
        }
        return canvas.text
    }

    /// What stands beside an edge, in two lines: what leads there, what is sent.
    private static func lines(_ edge: ClosureFigure.Edge) -> [String] {
        guard edge.labels.count == 1, let label = edge.labels.first else { return edge.labels }
        guard let slash = label.firstRange(of: " / ") else { return [label] }
        return [String(label[..<slash.lowerBound]), "/ " + label[slash.upperBound...]]
    }

    private static func list(_ figure: ClosureFigure) -> String {
        var text =
            "Paths of one end, found in the \(figure.orderCount) orders of layer "
            + "\(figure.layer.name):\n\n"
        let walks = figure.walks.map { walk in
            walk.states.map(\.rawValue).joined(separator: " -> ")
        }
        let widest = walks.map(\.count).max() ?? 0
        let digits = figure.walks.map { String($0.count).count }.max() ?? 0
        for (index, (walk, states)) in zip(figure.walks, walks).enumerated() {
            let count = String(walk.count).padded(to: digits, atEnd: false)
            let line = "  \(index + 1)  \(states.padded(to: widest))  \(count) ends"
            let example = "\(walk.walker) in \(walk.example)"
            let fits = line.count + 2 + example.count <= width
            text += line + (fits ? ", " : ":\n     ") + example + "\n"
        }
        return text
    }
}
