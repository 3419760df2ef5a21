// SPDX-License-Identifier: Apache-2.0

import TextForms

/// A place in a drawing, in pixels from its upper left corner.
struct Point: Hashable, Sendable {
    var x: Double
    var y: Double

    init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
}

/// What a piece of text covers.
struct Box: Hashable, Sendable {
    var left: Double
    var top: Double
    var right: Double
    var bottom: Double

    func grown(by margin: Double) -> Box {
        Box(
            left: left - margin, top: top - margin / 2, right: right + margin,
            bottom: bottom + margin / 2)
    }

    func overlaps(_ other: Box) -> Bool {
        left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
}

/// A drawing in SVG 1.1 with a style sheet, for light and dark surroundings.
///
/// Text is monospaced, so that its width is known beforehand.
struct SVGText {
    /// Where a text stands in relation to its point.
    enum Anchor: String {
        case start
        case middle
        case end
    }

    /// The size of most text, in pixels.
    static let fontSize = 13.0
    /// The width of a character relative to its size: the widest of the fonts asked for has 0.602.
    private static let characterWidth = 0.61

    private var elements: [String] = []
    /// What the texts cover, for those still to come.
    private(set) var boxes: [Box] = []

    /// The width of a text.
    static func width(_ text: String, size: Double = fontSize) -> Double {
        Double(text.count) * size * characterWidth
    }

    /// What a text covers.
    static func box(
        _ text: String, at point: Point, anchor: Anchor = .start, size: Double = fontSize
    ) -> Box {
        let width = width(text, size: size)
        let left =
            switch anchor {
            case .start: point.x
            case .middle: point.x - width / 2
            case .end: point.x - width
            }
        return Box(
            left: left, top: point.y - size, right: left + width, bottom: point.y + size * 0.3)
    }

    mutating func text(
        _ text: String, at point: Point, anchor: Anchor = .start, size: Double = fontSize,
        style: String = ""
    ) {
        boxes.append(Self.box(text, at: point, anchor: anchor, size: size))
        let fontSize = size == Self.fontSize ? "" : " style=\"font-size:\(Self.number(size))px\""
        elements.append(
            "<text x=\"\(Self.number(point.x))\" y=\"\(Self.number(point.y))\""
                + Self.anchor(anchor) + fontSize + Self.style(style) + ">"
                + MarkupText.escaped(text) + "</text>")
    }

    /// A shape: the `d` of SVG, with the classes of the style sheet.
    mutating func path(_ commands: String, style: String) {
        elements.append("<path d=\"\(commands)\"\(Self.style(style))/>")
    }

    mutating func rectangle(_ box: Box, radius: Double, style: String) {
        elements.append(
            "<rect x=\"\(Self.number(box.left))\" y=\"\(Self.number(box.top))\" "
                + "width=\"\(Self.number(box.right - box.left))\" "
                + "height=\"\(Self.number(box.bottom - box.top))\" rx=\"\(Self.number(radius))\""
                + Self.style(style) + "/>")
    }

    /// A small triangle whose tip is at a point, pointing along a direction.
    mutating func arrowHead(at tip: Point, from origin: Point, style: String) {
        let (dx, dy) = (tip.x - origin.x, tip.y - origin.y)
        let length = max(0.001, (dx * dx + dy * dy).squareRoot())
        let (ux, uy) = (dx / length, dy / length)
        let base = Point(tip.x - 9 * ux, tip.y - 9 * uy)
        path(
            "M\(Self.at(tip)) L\(Self.at(Point(base.x - 4 * uy, base.y + 4 * ux))) "
                + "L\(Self.at(Point(base.x + 4 * uy, base.y - 4 * ux))) Z", style: style)
    }

    /// The whole document; a screen reader says the title first, then the description.
    ///
    /// As a part of a page it leaves the style sheet to that.
    func document(
        width: Double, height: Double, title: String, description: String, isPart: Bool = false
    ) -> String {
        let size = "\(Self.number(width)) \(Self.number(height))"
        let style = isPart ? "" : "<style>\n\(SVGStyle.sheet)\n</style>\n"
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size)" \
            width="\(Self.number(width))" height="\(Self.number(height))" role="img">
            <title>\(MarkupText.escaped(title))</title>
            <desc>\(MarkupText.escaped(description))</desc>
            \(style)<rect class="paper" width="100%" height="100%"/>
            \(elements.joined(separator: "\n"))
            </svg>

            """
    }

    /// A point, as commands of a path have it.
    static func at(_ point: Point) -> String { "\(number(point.x)) \(number(point.y))" }

    /// A number with one digit after the point at most.
    static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let (whole, rest) = abs(tenths).quotientAndRemainder(dividingBy: 10)
        return sign + "\(whole)" + (rest == 0 ? "" : ".\(rest)")
    }

    private static func anchor(_ anchor: Anchor) -> String {
        anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    }

    private static func style(_ style: String) -> String {
        style.isEmpty ? "" : " class=\"\(style)\""
    }
}
