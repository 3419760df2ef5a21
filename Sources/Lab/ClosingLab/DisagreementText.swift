// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// An order that shows that kernel and model part: both traces, the segments, and the row.
package enum DisagreementText {
    /// The lines, without line ends.
    package static func lines(of record: OrderRecord) -> [String] {
        guard let disagreement = record.disagreement else { return [] }
        var lines = [
            "order \(record.order.name), event \(disagreement.place + 1): \(disagreement.text)"
        ]
        for event in record.events {
            lines.append("  " + StepText.sentence(of: event.step))
            lines.append("    model   " + StepText.pair(event.model))
            lines.append("    kernel  " + StepText.pair(event.kernel))
            for segment in event.sent { lines.append("    sent    \(segment)") }
        }
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
