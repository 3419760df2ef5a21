// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// What a list says about an order.
package struct OrderFacts: Hashable, Sendable {
    /// The order's name.
    package let name: String
    /// Who sent the first FIN or RST; `nil` if nobody did.
    package let first: ConnectionEnd?
    /// Whether both FINs were under way at once.
    package let finsCross: Bool
    /// How many segments were lost.
    package let losses: Int
    /// Who has TIME-WAIT at the end.
    package let keepers: [ConnectionEnd]
    /// Whether a RST was sent.
    package let hasReset: Bool
    /// The states that A and B walk through.
    package let paths: [ClosingPath]

    /// Looks at an order.
    package init(_ order: Order) {
        name = order.name
        first = order.closesFirst
        finsCross = order.finsCross
        losses = Int(order.end.losses)
        keepers = order.keepers
        hasReset = order.hasReset
        paths = ConnectionEnd.allCases.map(order.path)
    }

    /// All of it in words, as `A closes first; 1 segment is lost; A keeps TIME-WAIT.`.
    package var sentence: String {
        var parts: [String] = []
        if let first { parts.append("\(first) closes first") }
        if finsCross { parts.append("the FINs cross") }
        if losses > 0 {
            parts.append(losses == 1 ? "1 segment is lost" : "\(losses) segments are lost")
        }
        if hasReset { parts.append("a RST is sent") }
        switch keepers.count {
        case 0: parts.append("nobody keeps TIME-WAIT")
        case 1: parts.append("\(keepers[0]) keeps TIME-WAIT")
        case _: parts.append("both keep TIME-WAIT")
        }
        let sentence = parts.joined(separator: "; ") + "."
        return sentence.prefix(1).uppercased() + sentence.dropFirst()
    }

    /// Who keeps TIME-WAIT, in a word.
    package var keeperWord: String {
        switch keepers.count {
        case 0: "nobody"
        case 1: keepers[0].rawValue
        case _: "both"
        }
    }
}
