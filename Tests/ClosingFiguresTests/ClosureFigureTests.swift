// SPDX-License-Identifier: Apache-2.0

import ClosingFigures
import TCPClosing
import Testing

@Suite struct `The figure of a normal closure` {
    private let figure = ClosureFigure()

    @Test func `has the four paths of one end`() {
        #expect(
            figure.walks.map(\.states) == [
                [.finWait1, .finWait2, .timeWait], [.finWait1, .closing, .timeWait],
                [.finWait1, .timeWait], [.closeWait, .lastAck, .closed],
            ])
        // Every order has two ends.
        #expect(figure.walks.reduce(0) { $0 + $1.count } == 2 * figure.orderCount)
    }

    @Test func `is found, not written down`() throws {
        // With a TCP that goes from FIN-WAIT-1 to TIME-WAIT on any FIN there is no CLOSING.
        let table = TransitionTable.linux.replacing(
            Transition(.finWait1, .fin, .moves(.timeWait), sends: .ack, source: "a wrong one"))
        let wrong = ClosureFigure(by: table)
        #expect(!wrong.walks.contains { $0.states.contains(.closing) })
        #expect(!ClosureText.drawing(wrong).contains("CLOSING"))
    }

    @Test func `names an order in which each path is walked`() throws {
        for walk in figure.walks {
            let order = try Order(named: walk.example)
            #expect(order.path(of: walk.walker).states == walk.states)
        }
    }

    @Test func `labels each edge with a row of the table`() {
        for edge in figure.edges {
            for label in edge.labels where label != "60 s over" {
                let row = TransitionTable.linux.rows.first { row in
                    row.state == edge.from && row.next == edge.to
                        && label.hasPrefix(row.event.rawValue)
                }
                #expect(row != nil, "\(edge.from) -> \(edge.to): \(label)")
            }
        }
    }

    @Test(arguments: [Layer.inOrder, .anyOrder, .losses(1), .losses(2), .duplicates(1)])
    func `fits into 80 columns and into an image`(layer: Layer) {
        let figure = ClosureFigure(layer)
        #expect(figure.isDrawable)
        let lines = ClosureText.text(figure).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        let image = SVGImage(ClosureSVG.document(figure))
        #expect(image.isBalanced)
        #expect(image.overlaps == [])
        for edge in figure.edges {
            #expect(image.texts.contains { $0.words == edge.from.rawValue })
            #expect(image.texts.contains { $0.words.contains(edge.labels[0]) })
        }
    }

    @Test func `is not drawn where nobody could follow it`() {
        #expect(!ClosureFigure(.timers(losses: 1)).isDrawable)
        #expect(!ClosureFigure(.reconnection(timestamps: false)).isDrawable)
    }
}
