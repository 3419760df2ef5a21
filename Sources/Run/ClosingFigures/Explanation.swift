// SPDX-License-Identifier: Apache-2.0

package import TCPClosing
import TextForms

/// A question about closing, and its answer by orders that show it.
package struct Explanation: Hashable, Sendable {
    /// A piece of an answer.
    package enum Part: Hashable, Sendable {
        /// Prose.
        case words(String)
        /// An order, by its name, to be drawn.
        case order(String)
        /// A fact about every order of a layer, looked up when it is printed.
        case fact(Fact)
    }

    /// What exploration can tell.
    package enum Fact: Hashable, Sendable {
        /// The end whose FIN is acknowledged first keeps TIME-WAIT, in every order of this layer.
        case firstAcknowledgedKeeps(Layer)
        /// Both ends keep it when the FINs cross, in every order of this layer.
        case bothKeepWhenCrossing(Layer)
        /// In how many orders of this layer nobody has it at the end.
        case nobodyKeeps(Layer)
    }

    /// What it is called on the command line.
    package let topic: String
    /// The question.
    package let question: String
    /// The answer.
    package let parts: [Part]

    /// The explanation with a name.
    package static func named(_ topic: String) -> Explanation? {
        all.first { $0.topic == topic }
    }

    /// The answer in 80 columns, drawings included.
    ///
    /// - Throws: `OrderNameFault` if an order cannot happen.
    package func text() throws(OrderNameFault) -> String {
        var text = question + "\n"
        for part in parts {
            text += "\n"
            switch part {
            case .words(let words):
                text += words.wrapped(to: 78).map { "\($0)\n" }.joined()
            case .order(let name):
                text += TimeLineText.text(TimeLine(try OrderFilter.order(named: name)))
                text += "\n    lastcall closing figure --order \(name)\n"
            case .fact(let fact):
                text += fact.text.wrapped(to: 78).map { "\($0)\n" }.joined()
            }
        }
        return text
    }

    /// The topics with their questions.
    package static func list() -> String {
        let widest = all.map(\.topic.count).max() ?? 0
        let lines = all.map { "  \($0.topic.padded(to: widest))  \($0.question)\n" }
        return "Topics of lastcall closing explain:\n\n" + lines.joined()
    }
}

extension Explanation.Fact {
    /// The fact, with the numbers that were counted just now.
    package var text: String {
        switch self {
        case .firstAcknowledgedKeeps(let layer):
            let orders = Exploration(layer).orders()
            let kept = orders.count { order in
                order.firstAcknowledged.map(order.keepers.contains) ?? false
            }
            return "Of the \(orders.count) orders of layer \(layer.name) just explored, the end "
                + "whose FIN is acknowledged first keeps TIME-WAIT in \(kept)."
        case .bothKeepWhenCrossing(let layer):
            let orders = Exploration(layer).orders().filter(\.finsCross)
            let both = orders.count { $0.keepers.count == 2 }
            return
                "In \(orders.count) orders of layer \(layer.name) the FINs cross; both ends keep "
                + "TIME-WAIT in \(both) of them."
        case .nobodyKeeps(let layer):
            let orders = Exploration(layer).orders()
            let nobody = orders.count { $0.keepers.isEmpty }
            return "Of the \(orders.count) orders of layer \(layer.name) just explored, \(nobody) "
                + "end with TIME-WAIT at neither end."
        }
    }
}
