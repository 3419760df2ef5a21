// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// A replayed order as text: what happened, both traces, the segments; and where they part.
package enum RecordText {
    /// The lines, without line ends.
    package static func lines(of record: OrderRecord) -> [String] {
        var lines = ["order \(record.order.name)"]
        for event in record.events {
            lines.append("  " + StepText.sentence(of: event.step))
            let model = StepText.pair(event.model)
            let kernel = StepText.pair(event.kernel)
            if model == kernel {
                lines.append("    both    " + model)
            } else {
                lines.append("    model   " + model)
                lines.append("    kernel  " + kernel)
            }
            for segment in event.sent { lines.append("    sent    \(segment)") }
        }
        return lines + disagreement(in: record)
    }

    /// What parts kernel and model, and the row of the table that says so.
    private static func disagreement(in record: OrderRecord) -> [String] {
        guard let disagreement = record.disagreement else { return [] }
        var lines = ["  event \(disagreement.place + 1): \(disagreement.text)"]
        if let row = record.order.steps[disagreement.place].transition {
            lines.append("  the row: \(row.state), \(row.event): \(verdict(row)) (\(row.source))")
        }
        return lines
    }

    private static func verdict(_ row: Transition) -> String {
        let state =
            switch row.outcome {
            case .moves(let next): next.description
            case .stays: "stays"
            case .ignored(let reason): "ignored: \(reason)"
            case .impossible(let reason): "impossible: \(reason)"
            }
        switch row.sends {
        case .nothing: return state
        case .ack, .fin, .rst, .syn, .synAck, .data: return "\(state), sends \(row.sends.rawValue)"
        }
    }
}
