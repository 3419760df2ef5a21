// SPDX-License-Identifier: Apache-2.0

/// The words of a command with places for what is known of each host: `%{rack}`.
package struct AttributeWords: Hashable, Sendable {
    private enum Piece: Hashable, Sendable {
        case text(String)
        case attribute(String)
    }

    private let words: [[Piece]]

    /// The attributes that are asked for, each once, in order.
    package private(set) var names: [String] = []

    /// Takes words apart; `%{` that is never closed is text.
    package init(_ words: [String]) {
        var names: [String] = []
        self.words = words.map { word in
            var pieces: [Piece] = []
            var text = ""
            var rest = Substring(word)
            while let sign = rest.first {
                guard rest.hasPrefix("%{"), let end = rest.firstIndex(of: "}") else {
                    text.append(sign)
                    rest.removeFirst()
                    continue
                }
                let name = String(rest[..<end].dropFirst(2))
                if !names.contains(name) { names.append(name) }
                pieces += [.text(text), .attribute(name)]
                text = ""
                rest = rest[rest.index(after: end)...]
            }
            return pieces + [.text(text)]
        }
        self.names = names
    }

    /// The words for a host; what is not known of it is empty.
    ///
    /// With `doublingPercents`, percent signs of values are doubled, for words that are read as
    /// templates once more.
    package func words(
        with attributes: [String: String], doublingPercents: Bool = false
    ) -> [String] {
        words.map { pieces in
            pieces.map { piece in
                switch piece {
                case .text(let text): return text
                case .attribute(let name):
                    let value = attributes[name] ?? ""
                    guard doublingPercents else { return value }
                    return value.split(separator: "%", omittingEmptySubsequences: false)
                        .joined(separator: "%%")
                }
            }
            .joined()
        }
    }
}
