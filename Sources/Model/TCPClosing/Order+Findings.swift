// SPDX-License-Identifier: Apache-2.0

/// What an order shows about closing: who was first, and who pays for it.
extension Order {
    /// The ends in TIME-WAIT after the last step.
    public var keepers: [ConnectionEnd] {
        ConnectionEnd.allCases.filter { end[$0].state == .timeWait }
    }

    /// The end that sent the first FIN or, where there was none before it, the first RST.
    public var closesFirst: ConnectionEnd? {
        for step in steps {
            switch step.sent?.kind {
            case .fin, .rst: return step.event.end
            case .ack, .data, .syn, .synAck, nil: continue
            }
        }
        return nil
    }

    /// The end whose FIN was acknowledged first.
    ///
    /// It keeps TIME-WAIT in every order of the layers `inOrder` and `losses`, and in those of
    /// `anyOrder` unless a RST takes it away.
    public var firstAcknowledged: ConnectionEnd? {
        steps.first { $0.transition?.event.acknowledgesFin == true }?.event.end
    }

    /// Whether both ends sent a FIN before the other's arrived: a simultaneous close (RFC 9293
    /// section 3.6, Figure 13).
    public var finsCross: Bool {
        guard !states.contains(where: { $0.a == .closeWait || $0.b == .closeWait }) else {
            return false
        }
        let senders = Set(steps.filter { $0.sent?.kind == .fin }.map(\.event.end))
        return senders.count == 2
    }

    /// Whether an end sent a RST.
    public var hasReset: Bool { steps.contains { $0.sent?.kind == .rst } }

    /// How often TIME-WAIT started again where it ran already.
    public var timeWaitRestarts: Int {
        steps.count { step in
            guard let row = step.transition else { return false }
            return row.state == .timeWait && row.startsTimeWait
        }
    }
}
