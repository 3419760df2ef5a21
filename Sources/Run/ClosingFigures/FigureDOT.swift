// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// Figures in the language of Graphviz, for those who lay them out themselves.
package enum FigureDOT {
    /// The figure of a normal closure.
    package static func text(_ figure: ClosureFigure) -> String {
        var text = """
            digraph closure {
              rankdir=TB;
              node [shape=box, style=rounded, fontname=monospace];
              edge [fontname=monospace];
              "TIME-WAIT" [penwidth=2];

            """
        for edge in figure.edges {
            let walks = edge.walks.map { String($0 + 1) }.joined(separator: ",")
            let label =
                edge.labels.joined(separator: "\\n") + (walks.isEmpty ? "" : "\\n(\(walks))")
            let style = walks.isEmpty ? ", style=dashed" : ""
            text += "  \"\(edge.from)\" -> \"\(edge.to)\" [label=\"\(label)\"\(style)];\n"
        }
        return text + "}\n"
    }

    /// One order: a column of moments for each end, an edge for each segment.
    package static func text(_ timeLine: TimeLine) -> String {
        var text = """
            digraph "\(timeLine.name)" {
              label="\(timeLine.caption)";
              rankdir=TB;
              node [shape=box, style=rounded, fontname=monospace];
              edge [fontname=monospace];

            """
        for (index, moment) in timeLine.moments.enumerated() {
            let nodes = ConnectionEnd.allCases.map { end in
                let cause = moment.end == end ? moment.cause.map { "\($0)\\n" } ?? "" : ""
                let name = "\(end)\(index)"
                return "\(name) [label=\"\(cause)\(moment.states[end])\"];"
            }
            text += "  { rank=same; \(nodes.joined(separator: " ")) }\n"
        }
        for index in timeLine.moments.indices.dropFirst() {
            for end in ConnectionEnd.allCases {
                text += "  \(end)\(index - 1) -> \(end)\(index) [style=dotted, arrowhead=none];\n"
            }
        }
        for (number, flight) in timeLine.flights.enumerated() {
            let from = "\(flight.from)\(flight.departure)"
            guard let arrival = flight.arrival, !flight.isLost else {
                text += "  lost\(number) [label=\"lost\", shape=plaintext];\n"
                text +=
                    "  \(from) -> lost\(number) "
                    + "[label=\"\(flight.label)\", style=dashed, constraint=false];\n"
                continue
            }
            text +=
                "  \(from) -> \(flight.from.other)\(arrival) "
                + "[label=\"\(flight.label)\", constraint=false];\n"
        }
        return text + "}\n"
    }
}
