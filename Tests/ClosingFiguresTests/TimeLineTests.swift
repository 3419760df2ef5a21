// SPDX-License-Identifier: Apache-2.0

import ClosingFigures
import TCPClosing
import Testing

/// Orders of all kinds: small layers whole, and some of each other kind.
private let samples: [Order] = {
    let small = [Layer.inOrder, .anyOrder, .losses(1), .reconnection(timestamps: true)]
        .flatMap { Exploration($0).orders() }
    let copies = Exploration(.duplicates(1)).orders().enumerated()
        .filter { $0.offset.isMultiple(of: 40) }
        .map(\.element)
    let timers = Exploration(.timers(losses: 1)).orders()
    return small + copies + timers
}()

@Suite struct `A time-line` {
    @Test func `has a place for every segment`() {
        for order in samples {
            let line = TimeLine(order)
            #expect(line.moments.count == order.steps.count + 1)
            #expect(line.moments.map(\.states) == order.states)
            let copies = order.steps.count { if case .duplicate = $0.event { true } else { false } }
            #expect(line.flights.count == order.steps.count { $0.sent != nil } + copies)
            #expect(line.flights.count(where: \.isLost) == Int(order.end.losses))
            for flight in line.flights {
                // Nothing is in flight when an order is over.
                #expect(flight.arrival.map { $0 > flight.departure } == true, "\(order)")
            }
        }
    }

    @Test func `fits into 80 columns, whatever the order`() {
        for order in samples {
            let lines = TimeLineText.text(TimeLine(order)).split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= 80 }, "\(order)")
            // What is sent arrives or is lost before the eyes of the reader.
            let arrows = lines.count { $0.contains(">") || $0.contains("<") || $0.contains("X") }
            let names = lines.count { $0.contains("--") }
            #expect(arrows == TimeLine(order).flights.count, "\(order)")
            #expect(names >= arrows)
        }
    }

    @Test func `shows both ends as in RFC 9293, Figure 12`() throws {
        let text = try TimeLineText.text(TimeLine(Order(named: "a-a1-b1-b-b2-a2")))
        #expect(
            text == """
                    A                                                               B
                 1. ESTABLISHED                                                     ESTABLISHED
                    close()
                 2. FIN-WAIT-1   --------------------- FIN ---------------------->  CLOSE-WAIT
                 3. FIN-WAIT-2   <------------------ ACK of FIN ------------------  CLOSE-WAIT
                                                                                    close()
                 4. TIME-WAIT    <---------------- FIN+ACK of FIN ----------------  LAST-ACK
                 5. TIME-WAIT    ------------------ ACK of FIN ------------------>  CLOSED

                """)
    }

    @Test func `shows segments that pass each other as in Figure 13`() throws {
        let text = try TimeLineText.text(TimeLine(Order(named: "a-b-a1-b1-b2-a2")))
        #expect(
            text == """
                    A                                                               B
                 1. ESTABLISHED                                                     ESTABLISHED
                    close()
                 2. FIN-WAIT-1   ------------------ FIN ------------------- . . .
                                                                                    close()
                 3.               . . . ------------------ FIN -------------------  FIN-WAIT-1
                 4.               . . . ------------------ FIN ------------------>  CLOSING
                 5.               . . . --------------- ACK of FIN ---------------  CLOSING
                 6. CLOSING      <------------------ FIN ------------------ . . .
                 7. CLOSING      --------------- ACK of FIN --------------- . . .
                 8. TIME-WAIT    <-------------- ACK of FIN --------------- . . .
                 9.               . . . -------------- ACK of FIN --------------->  TIME-WAIT

                """)
    }

    @Test func `is an image in which every text stands alone`() {
        for order in samples {
            let image = SVGImage(TimeLineSVG.document(TimeLine(order)))
            #expect(image.isBalanced, "\(order)")
            #expect(image.overlaps == [], "\(order)")
            let states = Set(order.states.flatMap { [$0.a.rawValue, $0.b.rawValue] })
            #expect(states.isSubset(of: image.texts.map(\.words)), "\(order)")
        }
    }

    @Test func `is a graph with an edge for every segment`() {
        for order in samples {
            let graph = FigureDOT.text(TimeLine(order))
            let edges = graph.split(separator: "\n").count { $0.contains("constraint=false") }
            #expect(edges == TimeLine(order).flights.count)
        }
    }
}
