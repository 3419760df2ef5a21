// SPDX-License-Identifier: Apache-2.0

import ClosingFigures
import PrivateNetworks
import TCPClosing
import TextForms

/// The report as one page that needs nothing else.
package enum LabHTML {
    /// The page; with everything, very large layers have all their time-lines, too.
    package static func page(_ report: LabReport, hasEverything: Bool = false) -> String {
        let parts =
            [head(report), summary(report), SceneHTML.section(report), times(report)]
            + report.layers.map { OrderHTML.section($0, hasEverything: hasEverything) }
            + ["</main></body></html>\n"]
        return parts.joined()
    }

    private static func head(_ report: LabReport) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>How TCP connections close on \(MarkupText.escaped(report.place.kernel))</title>
        <style>\(style)
        \(TimeLineSVG.sheet)</style></head><body><main>
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
                "<h2>The shortest order that shows a disagreement</h2>"
                + HTMLText.preformatted(lines)
        }
        if !report.layers.isEmpty { text += layers(report) }
        let settings =
            [["wire", report.place.link.rawValue], ["family", report.place.family.rawValue]]
            + report.place.settings.map { [$0.name, $0.value] }
        return text
            + HTMLText.details(
                "Kernel settings at the start", HTMLText.table([], settings))
    }

    private static func layers(_ report: LabReport) -> String {
        var rows =
            "<tr>"
            + HTMLText.cells(
                ["layer", "what may happen", "orders", "events", "disagreements", "time"], "th")
            + "</tr>\n"
        for layer in report.layers {
            let link = "<td><a href=\"#\(layer.name)\">\(layer.name)</a></td>"
            rows +=
                "<tr>" + link
                + HTMLText.cells([
                    layer.summary, "\(layer.orders.count)", "\(layer.events)",
                    "\(layer.disagreements)", layer.duration.inSeconds,
                ]) + "</tr>\n"
        }
        return HTMLText.table(rows, caption: "Layers of orders")
    }

    private static func times(_ report: LabReport) -> String {
        var text = ""
        let long = report.scenes.flatMap { record in
            StateTimes.stays(in: record).filter { $0.time > .milliseconds(300) }
                .map { [record.scene.name, $0.end.rawValue, $0.shown, $0.time.inSeconds] }
        }
        if !long.isEmpty {
            text +=
                "<h2>How long states lasted by the kernel's own timers</h2>\n"
                + HTMLText.table(["scene", "end", "state", "time"], long)
        }
        var byState: [String: [Duration]] = [:]
        for record in report.orders {
            for stay in StateTimes.stays(in: record) {
                byState[stay.shown, default: []].append(stay.time)
            }
        }
        guard !byState.isEmpty else { return text }
        let rows = byState.sorted { $0.key < $1.key }
            .map { state, times in
                let sorted = times.sorted()
                return [
                    state, "\(sorted.count)", sorted[0].inMilliseconds,
                    sorted[sorted.count / 2].inMilliseconds,
                    sorted[sorted.count - 1].inMilliseconds,
                ]
            }
        return text + "<h2>How long states lasted in the replays, as the wire was driven</h2>\n"
            + HTMLText.table(["state", "times", "shortest", "median", "longest"], rows)
    }

    private static let style = """
        :root { color-scheme: light dark; }
        body { font: 15px/1.45 system-ui, sans-serif; margin: 0; }
        main { max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
        h2 { margin-top: 2.5rem; }
        .wide { overflow-x: auto; margin: 1rem 0; }
        table { border-collapse: collapse; }
        caption { text-align: left; font-weight: 600; padding: .3rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .6rem;
          border-bottom: 1px solid #8885; min-width: 4rem; }
        pre, code { font-family: ui-monospace, "DejaVu Sans Mono", Consolas, monospace;
          font-size: .86em; }
        pre { margin: .4rem 0 1rem; overflow-x: auto; }
        .part th { font-size: 1.05em; padding-top: 1.6rem; }
        tr:has(+ .steps) td { border-bottom: 0; padding-bottom: 0; }
        .steps summary { opacity: .7; font-size: .86em; }
        details > svg { display: block; max-width: 100%; height: auto; }
        details > details { margin-left: 1.2rem; }
        summary { cursor: pointer; overflow-wrap: anywhere; }
        .agrees, .true { color: #1d7f4c; font-weight: 600; }
        .differs { color: #c2334d; font-weight: 600; }
        .changed { color: #b8621b; font-weight: 600; }
        @media (prefers-color-scheme: dark) {
          .agrees, .true { color: #5fcf92; } .differs { color: #f27a8f; }
          .changed { color: #f0a05c; } }
        """
}
