// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// What the kernel showed beside what the model says, event by event, of one order.
package struct OrderRecord: Sendable {
    /// The order as the model has it.
    package let order: Order
    /// What was seen, up to the first disagreement.
    package var events: [EventRecord] = []
    /// Where kernel and model part, if they do.
    package var disagreement: Disagreement?
    /// How long the replay took.
    package var duration: Duration = .zero

    /// Nothing has been seen yet.
    package init(order: Order) { self.order = order }

    /// How many events lead to the disagreement, the one that shows it included.
    var length: Int { disagreement.map { $0.place + 1 } ?? order.events.count }
}

/// One event of a replay.
package struct EventRecord: Sendable {
    /// What happened, with what the model says of it.
    package let step: Connection.Step
    /// Since the connection was open.
    package let time: Duration
    /// What the model expects both ends to show.
    package let model: [ConnectionEnd: EndShown]
    /// What they showed.
    package let kernel: [ConnectionEnd: EndShown]
    /// The segments the kernel sent in answer, numbers counted from the end of the handshake.
    package let sent: [SegmentShown]
    /// Whether the kernel sent something again by itself meanwhile, which was not delivered.
    package let repeats: Int
}

/// A segment on the wire, its numbers counted from the end of the handshake.
package struct SegmentShown: Hashable, Sendable, CustomStringConvertible {
    /// Who sent it.
    package let from: ConnectionEnd
    /// `FIN,ACK`.
    package let flags: String
    /// SEG.SEQ; that of a SYN is -1.
    package let sequence: Int32
    /// SEG.ACK, if it has one.
    package let acknowledgement: Int32?
    /// Bytes of data.
    package let payload: Int

    /// `A: FIN,ACK seq 0 ack 0`.
    package var description: String {
        "\(from): \(flags) seq \(sequence)"
            + (acknowledgement.map { " ack \($0)" } ?? "")
            + (payload > 0 ? ", \(payload) bytes" : "")
    }
}

/// Where kernel and model part.
package struct Disagreement: Hashable, Sendable {
    /// The event that shows it, from 0.
    package let place: Int
    /// What differs, in words.
    package let text: String

    package init(place: Int, text: String) {
        self.place = place
        self.text = text
    }
}
