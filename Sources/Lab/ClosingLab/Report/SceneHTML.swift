// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import TextForms

/// The scenes of a page: what was said before, and what this kernel did.
enum SceneHTML {
    /// Everything on scenes; nothing when none was played.
    static func section(_ report: LabReport) -> String {
        guard !report.scenes.isEmpty else { return "" }
        return page(report) + crowds(report) + scenes(report)
    }

    // MARK: The page

    /// What became of each sentence of the page.
    private static func page(_ report: LabReport) -> String {
        var rows = ""
        for sentence in PageSentence.allCases {
            let records = report.scenes.filter { $0.scene.sentence == sentence }
            guard !records.isEmpty else { continue }
            var verdicts: [String: [String]] = [:]
            for record in records {
                verdicts[LabText.verdict(record), default: []].append(record.scene.name)
            }
            let answers = verdicts.sorted { $0.key > $1.key }
                .map { verdict, names in
                    "\(mark(verdict)): "
                        + names.map { "<a href=\"#\($0)\">\($0)</a>" }.joined(separator: ", ")
                }
            rows +=
                "<tr>" + HTMLText.cells([sentence.rawValue, sentence.text])
                + "<td>\(answers.joined(separator: "<br>"))</td></tr>\n"
        }
        guard !rows.isEmpty else { return "" }
        let head =
            "<tr>" + HTMLText.cells(["", "the page says", "on this kernel"], "th") + "</tr>\n"
        return "<h2>What the page \"Multi-rsh and TCP port closing\" says</h2>\n"
            + HTMLText.table(head + rows)
    }

    /// A verdict in its colour.
    private static func mark(_ verdict: String) -> String {
        let style = verdict == "true" || verdict == "changed" ? verdict : "differs"
        return "<span class=\"\(style)\">\(verdict)</span>"
    }

    // MARK: Crowds

    /// What a crowd of clients lost by each way of closing a listener.
    private static func crowds(_ report: LabReport) -> String {
        let rows: [[String]] = report.scenes.compactMap { record in
            guard record.outcome == .asExpected else { return nil }
            for case .fates(let fates) in record.scene.steps {
                return [
                    record.scene.title, "\(fates.served)", "\(fates.servedBySuccessor)",
                    "\(fates.reset)", "\(fates.refused)",
                ]
            }
            return nil
        }
        guard !rows.isEmpty else { return "" }
        return "<h2>What clients lose when a listener closes</h2>\n"
            + "<p>Of 32 clients, 8 wait to be accepted, and the last ACK, the SYN+ACK or the SYN of 8 "
            + "each is in flight. Lost are those that were connected and then reset.</p>\n"
            + HTMLText.table(["", "served", "by a successor", "reset", "refused"], rows)
    }

    // MARK: Scenes

    private static func scenes(_ report: LabReport) -> String {
        var rows =
            "<tr>" + HTMLText.cells(["scene", "done", "said before", "this kernel", ""], "th")
            + "</tr>\n"
        for layer in SceneLayer.allCases {
            let records = report.scenes.filter { $0.scene.layer == layer }
            guard !records.isEmpty else { continue }
            let title = MarkupText.escaped("Layer \(layer.rawValue): \(layer.title)")
            rows += "<tr class=\"part\"><th colspan=\"5\">\(title)</th></tr>\n"
            rows += records.map(row).joined()
        }
        return "<h2>Scenes</h2>\n" + HTMLText.table(rows)
    }

    private static func row(_ record: SceneRecord) -> String {
        let scene = record.scene
        let found =
            switch record.outcome {
            case .asExpected: scene.sentence == nil ? "does the same" : scene.finding
            case .differs(let text): "differs: \(text)"
            case .notPlayed(let text): "not played: \(text)"
            }
        let steps = SceneText.lines(of: record).joined(separator: "\n")
        return "<tr id=\"\(scene.name)\">"
            + HTMLText.cells([scene.name, scene.title, scene.statement, found])
            + "<td>\(mark(LabText.verdict(record)))</td></tr>\n"
            + "<tr class=\"steps\"><td colspan=\"5\">"
            + HTMLText.details("steps", HTMLText.preformatted(steps)) + "</td></tr>\n"
    }
}
