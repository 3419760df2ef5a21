// SPDX-License-Identifier: Apache-2.0

import ClosingFigures
import PrivateNetworks
import TCPClosing
import TextForms

/// The report as one page that needs nothing else.
package enum LabHTML {
    /// The page.
    package static func page(_ report: LabReport) -> String {
        let parts =
            [head(report), summary(report), scenes(report), times(report)]
            + report.layers.map(layer) + ["</main>\n"]
        return parts.joined()
    }

    private static func head(_ report: LabReport) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>How TCP connections close on \(MarkupText.escaped(report.place.kernel))</title>
        <style>\(style)</style></head><body><main>
        <h1>How TCP connections close on \(MarkupText.escaped(report.place.kernel))</h1>

        """
    }

    private static func summary(_ report: LabReport) -> String {
        let verdict = report.agrees ? "agrees" : "differs"
        var text = """
            <p class="\(verdict)">\(MarkupText.escaped(LabText.conclusion(report)))</p>
            <p>Two endpoints with real sockets in two private networks; a wire delivers, loses, copies \
            and reorders one segment at a time. After each event the model's states, owners and \
            segments were compared with the kernel's.</p>

            """
        if let record = report.shortestDisagreement {
            let lines = RecordText.lines(of: record).joined(separator: "\n")
            text +=
                "<h2>The shortest order that shows a disagreement</h2><pre>\(MarkupText.escaped(lines))</pre>\n"
        }
        text +=
            "<table><caption>Layers of orders</caption><tr>"
            + cells(
                ["layer", "what may happen", "orders", "events", "disagreements", "time"], "th")
            + "</tr>\n"
        for layer in report.layers {
            text +=
                "<tr>"
                + cells([
                    layer.name, layer.summary, "\(layer.orders.count)", "\(layer.events)",
                    "\(layer.disagreements)", layer.duration.inSeconds,
                ]) + "</tr>\n"
        }
        let settings = [("wire", report.place.link.rawValue)] + report.place.settings
        text += "</table>\n<table><caption>Kernel settings at the start</caption>"
        for (name, value) in settings { text += "<tr>" + cells([name, value]) + "</tr>\n" }
        return text + "</table>\n"
    }

    private static func scenes(_ report: LabReport) -> String {
        guard !report.scenes.isEmpty else { return "" }
        var text = """
            <h2>Scenes: what the page says, what this kernel did</h2>
            <table><tr>\(cells(["scene", "done", "this kernel", "page", ""], "th"))</tr>

            """
        for record in report.scenes {
            let finding =
                switch record.outcome {
                case .asExpected: record.scene.finding
                case .differs(let text): "differs: \(text)"
                case .notPlayed(let text): "not played: \(text)"
                }
            let sentence = record.scene.sentence.map { "\($0.rawValue): \($0.text)" } ?? ""
            let verdict = record.scene.sentence == nil ? "" : LabText.verdict(record)
            let steps = SceneText.lines(of: record).joined(separator: "\n")
            text +=
                "<tr id=\"\(record.scene.name)\">"
                + cells([record.scene.name, record.scene.title, finding, sentence, verdict])
                + "</tr>\n<tr class=\"steps\"><td colspan=\"5\"><details><summary>steps"
                + "</summary><pre>\(MarkupText.escaped(steps))</pre></details></td></tr>\n"
        }
        return text + "</table>\n"
    }

    private static func times(_ report: LabReport) -> String {
        var text = ""
        let long = report.scenes.flatMap { record in
            StateTimes.stays(in: record).filter { $0.time > .milliseconds(300) }
                .map { (record.scene.name, $0) }
        }
        if !long.isEmpty {
            text +=
                "<h2>How long states lasted by the kernel's own timers</h2>\n<table><tr>"
                + cells(["scene", "end", "state", "time"], "th") + "</tr>\n"
            for (name, stay) in long {
                text +=
                    "<tr>"
                    + cells([name, stay.end.rawValue, stay.shown, stay.time.inSeconds]) + "</tr>\n"
            }
            text += "</table>\n"
        }
        var byState: [String: [Duration]] = [:]
        for record in report.orders {
            for stay in StateTimes.stays(in: record) {
                byState[stay.shown, default: []].append(stay.time)
            }
        }
        guard !byState.isEmpty else { return text }
        text +=
            "<h2>How long states lasted in the replays, as the wire was driven</h2>\n<table><tr>"
            + cells(["state", "times", "shortest", "median", "longest"], "th") + "</tr>\n"
        for (state, times) in byState.sorted(by: { $0.key < $1.key }) {
            let sorted = times.sorted()
            guard let first = sorted.first, let last = sorted.last else { continue }
            let median = sorted[sorted.count / 2]
            text +=
                "<tr>"
                + cells([
                    state, "\(sorted.count)", first.inMilliseconds, median.inMilliseconds,
                    last.inMilliseconds,
                ]) + "</tr>\n"
        }
        return text + "</table>\n"
    }

    // MARK: Orders

    /// More orders than this are listed by name; the rest of the page would drown in drawings.
    private static let mostDrawn = 400

    private static func layer(_ layer: LayerRecord) -> String {
        let settings = layer.settings.sorted { $0.key < $1.key }
            .map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
        var text = """
            <h2 id="\(layer.name)">\(layer.name): \(MarkupText.escaped(layer.summary))</h2>
            <p>\(layer.orders.count) orders\(settings.isEmpty ? "" : " with \(settings)").</p>

            """
        guard layer.orders.count <= mostDrawn else {
            text +=
                "<details><summary>All of them, with the states they end in; "
                + "<code>lastcall lab closing --order NAME</code> shows one.</summary>\n<ul>\n"
            for record in layer.orders {
                text +=
                    "<li><code>\(record.order.name)</code> \(record.order.end.states)"
                    + (record.disagreement == nil ? "" : " <b>differs</b>") + "</li>\n"
            }
            return text + "</ul></details>\n"
        }
        for record in layer.orders { text += order(record) }
        return text
    }

    private static func order(_ record: OrderRecord) -> String {
        let timeLine = TimeLine(record.order)
        let verdict =
            record.disagreement == nil
            ? ""
            : " <b class=\"differs\">"
                + "\(MarkupText.escaped(record.disagreement?.text ?? ""))</b>"
        var text =
            "<details><summary><code>\(record.order.name)</code> \(MarkupText.escaped(timeLine.caption))"
            + "\(verdict)</summary>\n\(TimeLineSVG.document(timeLine))\n<table><tr>"
            + cells(["at", "event", "model A / B", "kernel A / B", "sent"], "th") + "</tr>\n"
        for event in record.events {
            text +=
                "<tr>"
                + cells([
                    event.time.inMilliseconds, StepText.sentence(of: event.step),
                    StepText.pair(event.model), StepText.pair(event.kernel),
                    event.sent.map(\.description).joined(separator: "; "),
                ]) + "</tr>\n"
        }
        return text + "</table></details>\n"
    }

    // MARK: Text

    private static func cells(_ texts: [String], _ tag: String = "td") -> String {
        texts.map { "<\(tag)>\(MarkupText.escaped($0))</\(tag)>" }.joined()
    }

    private static let style = """
        :root { color-scheme: light dark; }
        body { font: 15px/1.45 system-ui, sans-serif; margin: 0; }
        main { max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
        h2 { margin-top: 2.5rem; }
        table { border-collapse: collapse; margin: 1rem 0; max-width: 100%; }
        caption { text-align: left; font-weight: 600; padding: .3rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .6rem;
          border-bottom: 1px solid #8885; }
        pre, code { font-family: ui-monospace, "DejaVu Sans Mono", Consolas, monospace;
          font-size: .86em; }
        pre { white-space: pre-wrap; margin: .4rem 0; }
        tr:has(+ .steps) td { border-bottom: 0; padding-bottom: 0; }
        .steps summary { opacity: .7; font-size: .86em; }
        details > svg { max-width: 100%; height: auto; }
        summary { cursor: pointer; }
        .agrees { color: #1d7f4c; font-weight: 600; }
        .differs { color: #c2334d; font-weight: 600; }
        """
}
