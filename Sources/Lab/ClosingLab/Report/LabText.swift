// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import TextForms

/// The lab's report as text, at most 80 columns wide.
package enum LabText {
    private static let width = 80

    /// Where the lab is.
    package static func heading(_ place: LabPlace) -> String {
        let wire =
            switch place.link {
            case .tun: "TUN"
            case .packet: "packet sockets"
            }
        let family = place.family == .ipv4 ? "" : ", \(place.family.rawValue)"
        return "\(place.kernel), wire over \(wire)\(family)"
    }

    /// What the scenes of a layer are about.
    package static func heading(_ layer: SceneLayer) -> [String] {
        let title = "Scenes, \(layer.rawValue): \(layer.title)"
        return [title, String(repeating: "-", count: title.count)]
    }

    /// The head of the table of layers.
    package static let layersHead = row("layer", ["orders", "events", "disagreements", "time"])

    /// One layer.
    package static func row(_ layer: LayerRecord) -> String {
        row(
            layer.name,
            [
                "\(layer.orders.count)", "\(layer.events)", "\(layer.disagreements)",
                layer.duration.inSeconds,
            ])
    }

    private static func row(_ name: String, _ cells: [String]) -> String {
        name.padded(to: 31)
            + zip(cells, [8, 8, 15, 10]).map { $0.padded(to: $1, atEnd: false) }.joined()
    }

    /// One scene: what the page says and what this kernel did.
    package static func paragraph(_ record: SceneRecord) -> [String] {
        let scene = record.scene
        var head = scene.name
        let said = scene.sentence.map { "\($0.rawValue): " } ?? ""
        head += "  [\(said)\(verdict(record))]"
        let text =
            switch record.outcome {
            case .asExpected: scene.finding
            case .differs(let text): "THIS KERNEL DIFFERS: \(text)"
            case .notPlayed(let text): "not played: \(text)"
            }
        return [head] + "\(scene.title): \(text)".wrapped(to: width - 4).map { "    " + $0 }
    }

    /// What a scene makes of what was said before.
    static func verdict(_ record: SceneRecord) -> String {
        switch record.outcome {
        case .asExpected:
            switch record.scene.verdict {
            case .holds, .unmentioned: Scene.Verdict.holds.rawValue
            case .changed: Scene.Verdict.changed.rawValue
            }
        case .differs: "differs here"
        case .notPlayed: "not played"
        }
    }

    /// The last line.
    package static func conclusion(_ report: LabReport) -> String {
        var parts: [String] = []
        let orders = report.orders
        if !orders.isEmpty {
            let count = orders.count { $0.disagreement != nil }
            parts.append("\(counted(orders.count, "order")), \(counted(count, "disagreement"))")
        }
        if !report.scenes.isEmpty {
            let notPlayed = report.scenes.count {
                if case .notPlayed = $0.outcome { true } else { false }
            }
            parts.append(
                "\(counted(report.scenes.count, "scene")), \(report.differences.count) differ"
                    + (notPlayed > 0 ? ", \(notPlayed) not played" : ""))
        }
        return parts.joined(separator: "; ")
    }

    private static func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)" + (count == 1 ? "" : "s")
    }
}
