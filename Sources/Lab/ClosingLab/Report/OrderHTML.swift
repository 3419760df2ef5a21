// SPDX-License-Identifier: Apache-2.0

import ClosingFigures
import TCPClosing
import TextForms

/// The orders of a page, each with its time-line.
///
/// A browser opens a page of some ten megabytes at once as long as most of it is folded away. So
/// small layers have images and every event with its times; in large ones the time-lines are text,
/// as the terminal has them, in groups by the states they end in.
enum OrderHTML {
    /// Layers with more orders have time-lines in text.
    private static let mostImages = 400
    /// In layers with more orders than this, each group begins with `mostOfGroup` time-lines, and
    /// the rest are names, unless everything is asked for.
    private static let mostTimeLines = 5_000
    private static let mostOfGroup = 100

    /// A layer.
    static func section(_ layer: LayerRecord, hasEverything: Bool) -> String {
        let settings = layer.settings.sorted { $0.key < $1.key }
            .map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
        let head = """
            <h2 id="\(layer.name)">\(layer.name): \(MarkupText.escaped(layer.summary))</h2>
            <p>\(layer.orders.count) orders\(settings.isEmpty ? "" : " with \(settings)").</p>

            """
        guard layer.orders.count > mostImages else {
            return head + layer.orders.map(withImage).joined()
        }
        let isCut = layer.orders.count > mostTimeLines && !hasEverything
        let remark =
            isCut
            ? "<p>Of each group \(mostOfGroup) have their time-lines here, and all that differ; "
                + "with <code>--every-time-line</code> all have.</p>\n" : ""
        let groups = Dictionary(grouping: layer.orders) { "\($0.order.end.states)" }
            .sorted { $0.value.count > $1.value.count }
        return head + remark
            + groups.map { ends, records in group(ends, records, isCut: isCut) }.joined()
    }

    // MARK: Large layers

    private static func group(_ ends: String, _ records: [OrderRecord], isCut: Bool) -> String {
        let places = records.indices.filter {
            !isCut || $0 < mostOfGroup || records[$0].disagreement != nil
        }
        let shown = places.map { withText(records[$0]) }.joined()
        let drawn = Set(places)
        let names = records.indices.filter { !drawn.contains($0) }
            .map { "<code>\(records[$0].order.name)</code>" }
        let rest =
            names.isEmpty
            ? ""
            : HTMLText.details(
                "\(names.count) more, by name", "<p>\(names.joined(separator: ",\n"))</p>\n")
        return HTMLText.details("\(records.count) that end in \(ends)", shown + rest)
    }

    private static func withText(_ record: OrderRecord) -> String {
        let text =
            record.disagreement == nil
            ? TimeLineText.text(TimeLine(record.order))
            : RecordText.lines(of: record).joined(separator: "\n")
        return HTMLText.details(
            "<code>\(record.order.name)</code>" + differing(record), HTMLText.preformatted(text))
    }

    // MARK: Small layers

    private static func withImage(_ record: OrderRecord) -> String {
        let timeLine = TimeLine(record.order)
        let rows = record.events.map { event in
            [
                event.time.inMilliseconds, StepText.sentence(of: event.step),
                StepText.pair(event.model), StepText.pair(event.kernel),
                event.sent.map(\.description).joined(separator: "; "),
            ]
        }
        let caption = MarkupText.escaped(timeLine.caption)
        return HTMLText.details(
            "<code>\(record.order.name)</code> \(caption)" + differing(record),
            TimeLineSVG.part(timeLine) + "\n"
                + HTMLText.table(["at", "event", "model A / B", "kernel A / B", "sent"], rows))
    }

    private static func differing(_ record: OrderRecord) -> String {
        guard let disagreement = record.disagreement else { return "" }
        return " <b class=\"differs\">\(MarkupText.escaped(disagreement.text))</b>"
    }
}
