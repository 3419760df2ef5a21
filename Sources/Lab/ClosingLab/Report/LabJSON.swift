// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import TCPClosing
import TextForms

/// The record as JSON, one object on each line.
///
/// First the place, then every order with every event, every scene with every step, and the end.
/// `Docs/closing-lab.md` describes the members.
package enum LabJSON {
    /// The bytes of the file.
    package static func bytes(_ report: LabReport) -> [UInt8] {
        var bytes = place(report.place)
        for layer in report.layers {
            for record in layer.orders { bytes += order(record, layer) }
        }
        for record in report.scenes { bytes += scene(record) }
        return bytes + end(report)
    }

    private static func place(_ place: LabPlace) -> [UInt8] {
        var line = JSONText()
        line.member("type", "lab")
        line.member("version", 1)
        line.member("kernel", place.kernel)
        line.member("wire", place.link.rawValue)
        line.member("family", place.family.rawValue)
        var settings = JSONText()
        for (name, value) in place.settings { settings.member(name, value) }
        line.member("settings", settings)
        return line.line()
    }

    private static func order(_ record: OrderRecord, _ layer: LayerRecord) -> [UInt8] {
        var line = JSONText()
        line.member("type", "order")
        line.member("layer", layer.name)
        line.member("name", record.order.name)
        line.member("agrees", number: record.disagreement == nil ? "true" : "false")
        line.member("ms", record.duration.milliseconds)
        line.member("events", record.events.map(event))
        if let disagreement = record.disagreement {
            var part = JSONText()
            part.member("event", disagreement.place + 1)
            part.member("text", disagreement.text)
            line.member("disagreement", part)
        }
        return line.line()
    }

    private static func event(_ event: EventRecord) -> JSONText {
        var part = JSONText()
        part.member("what", StepText.sentence(of: event.step))
        part.member("ms", event.time.milliseconds)
        part.member("model", pair(event.model))
        part.member("kernel", pair(event.kernel))
        part.member("sent", event.sent.map(segment))
        part.member("repeats", event.repeats)
        if let row = event.step.transition { part.member("source", row.source) }
        return part
    }

    private static func pair(_ ends: [ConnectionEnd: EndShown]) -> JSONText {
        var part = JSONText()
        part.member("a", shown(ends[.a] ?? .gone))
        part.member("b", shown(ends[.b] ?? .gone))
        return part
    }

    private static func shown(_ end: EndShown) -> JSONText {
        var part = JSONText()
        part.member("state", end.state.rawValue)
        part.member("descriptor", number: end.hasDescriptor ? "true" : "false")
        part.member("record", number: end.isMiniSocket ? "true" : "false")
        if let timer = end.timer {
            part.member("timer", "\(timer.kind)")
            part.member("timer_ms", Int(timer.milliseconds))
        }
        return part
    }

    private static func segment(_ segment: SegmentShown) -> JSONText {
        var part = JSONText()
        part.member("from", segment.from.rawValue)
        part.member("flags", segment.flags)
        part.member("seq", Int(segment.sequence))
        if let acknowledgement = segment.acknowledgement {
            part.member("ack", Int(acknowledgement))
        }
        part.member("bytes", segment.payload)
        return part
    }

    private static func scene(_ record: SceneRecord) -> [UInt8] {
        var line = JSONText()
        line.member("type", "scene")
        line.member("name", record.scene.name)
        line.member("layer", record.scene.layer.rawValue)
        line.member("title", record.scene.title)
        if let sentence = record.scene.sentence {
            line.member("sentence", sentence.rawValue)
            line.member("page", sentence.text)
        }
        line.member("verdict", LabText.verdict(record))
        line.member("ms", record.duration.milliseconds)
        switch record.outcome {
        case .asExpected:
            line.member("outcome", "as expected")
            line.member("finding", record.scene.finding)
        case .differs(let text):
            line.member("outcome", "differs")
            line.member("finding", text)
        case .notPlayed(let text):
            line.member("outcome", "not played")
            line.member("finding", text)
        }
        line.member("steps", record.rows.map(step))
        return line.line()
    }

    private static func step(_ row: SceneRecord.Row) -> JSONText {
        var part = JSONText()
        part.member("what", row.text)
        part.member("ms", row.time.milliseconds)
        part.member("kernel", pair(row.kernel))
        part.member(
            "sent",
            row.segments.map { text in
                var segment = JSONText()
                segment.member("text", text)
                return segment
            })
        return part
    }

    private static func end(_ report: LabReport) -> [UInt8] {
        var line = JSONText()
        line.member("type", "end")
        line.member("agrees", number: report.agrees ? "true" : "false")
        line.member("orders", report.orders.count)
        line.member("events", report.layers.reduce(0) { $0 + $1.events })
        line.member("disagreements", report.layers.reduce(0) { $0 + $1.disagreements })
        line.member("scenes", report.scenes.count)
        line.member("differing_scenes", report.differences.count)
        return line.line()
    }
}
