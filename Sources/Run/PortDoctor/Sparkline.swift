// SPDX-License-Identifier: Apache-2.0

/// Numbers as a row of bars, one column each.
package struct Sparkline: Hashable, Sendable {
    /// From nothing to the largest; as many as there are.
    private let bars: [Character]

    /// Of block elements, which a terminal for UTF-8 shows.
    package static let blocks = Sparkline(bars: Array(" ▁▂▃▄▅▆▇█"))
    /// Of ASCII characters.
    package static let plain = Sparkline(bars: Array(" .:-=+*#%"))

    /// The last `width` of these numbers, the latest to the right end; the largest one has the whole
    /// height, and what is not zero is seen.
    package func text(_ numbers: [Double], width: Int) -> String {
        let shown = numbers.suffix(width)
        let largest = shown.max() ?? 0
        let text = shown.map { number -> Character in
            guard number > 0, largest > 0 else { return bars[0] }
            let height = (number / largest * Double(bars.count - 1)).rounded()
            return bars[max(1, Int(height))]
        }
        return String(text)
    }
}
