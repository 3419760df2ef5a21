// SPDX-License-Identifier: Apache-2.0

/// As much of an SVG document as the tests look at; `Scripts/figures` asks a browser.
struct SVGImage {
    /// A text and what it covers, in pixels.
    struct Text {
        var words: String
        var left: Double
        var right: Double
        var baseline: Double
        var size: Double
    }

    let texts: [Text]
    /// Whether every element that begins also ends.
    let isBalanced: Bool

    init(_ document: String) {
        texts =
            document.matches(
                of:
                    #/<text x="([\d.-]+)" y="([\d.-]+)"(?: text-anchor="(\w+)")?(?: style="font-size:([\d.]+)px")?[^>]*>([^<]*)<\/text>/#
            )
            .map { match in
                let words = match.5.replacing("&lt;", with: "<").replacing("&gt;", with: ">")
                    .replacing("&amp;", with: "&")
                let size = match.4.flatMap { Double($0) } ?? 13
                let x = Double(match.1) ?? .nan
                // Monospaced fonts are 0.6 to 0.602 wide.
                let width = Double(words.count) * size * 0.602
                let left =
                    switch match.3 {
                    case "middle": x - width / 2
                    case "end": x - width
                    case _: x
                    }
                return Text(
                    words: String(words), left: left, right: left + width,
                    baseline: Double(match.2) ?? .nan, size: size)
            }
        var open: [Substring] = []
        var isBalanced = true
        for tag in document.matches(of: #/<(\/?)(\w+)[^>]*?(\/?)>/#) where tag.3.isEmpty {
            if tag.1.isEmpty {
                open.append(tag.2)
            } else if open.popLast() != tag.2 {
                isBalanced = false
            }
        }
        self.isBalanced = isBalanced && open.isEmpty
    }

    /// Pairs of texts that cover the same place.
    var overlaps: [String] {
        var overlaps: [String] = []
        for (index, one) in texts.enumerated() {
            for two in texts[(index + 1)...]
            where one.left < two.right && two.left < one.right
                && one.baseline - one.size < two.baseline
                && two.baseline - two.size < one.baseline
            {
                overlaps.append("\(one.words) | \(two.words)")
            }
        }
        return overlaps
    }
}
