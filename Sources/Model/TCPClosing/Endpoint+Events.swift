// SPDX-License-Identifier: Apache-2.0

extension Endpoint {
    /// Which event of the table a call is, here and now; `nil` for `read`.
    public func event(for call: UserCall) -> ClosingEvent? {
        switch call {
        case .close:
            // Linux looks for unread data first, at linger second (tcp.c, __tcp_close).
            unread > 0 ? .closeUnread : lingersZero ? .abort : .close
        case .die: unread > 0 ? .processEndsUnread : lingersZero ? .abort : .processEnds
        case .abort: unread > 0 ? .closeUnread : .abort
        case .shutDown: .shutDown
        case .send: .send
        case .read: nil
        }
    }

    /// Which event of the table a segment is, here and now (RFC 9293 section 3.10.7.4).
    public func event(for segment: Segment) -> ClosingEvent {
        switch segment.kind {
        case .syn: segment.isNewer || !state.isSynchronized ? .syn : .oldSyn
        case .synAck: .synAck
        case .rst: eventOfReset(segment)
        case .ack: eventOfAcknowledgement(segment)
        case .fin: eventOfFin(segment)
        case .data: eventOfData(segment)
        }
    }

    private func acknowledgesOurFin(_ segment: Segment) -> Bool {
        hasSentFin && segment.acknowledgement == sendNext
    }

    private func eventOfReset(_ segment: Segment) -> ClosingEvent {
        guard state.isSynchronized else { return .rst }
        if segment.sequence == receiveNext { return .rst }
        if segment.sequence > receiveNext {
            // A mini-socket in FIN-WAIT-2 takes any RST in its window (Linux tcp_minisocks.c).
            return isMiniSocket && state == .finWait2 ? .rst : .earlyRst
        }
        // A RST may have the number of the FIN before it (Linux tcp_input.c, tcp_reset_check).
        let isLastNumber = segment.sequence + 1 == receiveNext
        return isLastNumber && hasReceivedFin && state != .timeWait ? .rst : .oldRst
    }

    private func eventOfAcknowledgement(_ segment: Segment) -> ClosingEvent {
        switch state {
        case .closed, .listen, .synSent: return .ack
        case .synReceived: return segment.acknowledgement == sendNext ? .ackOfSyn : .ack
        case .established, .finWait1, .finWait2, .closeWait, .closing, .lastAck, .timeWait:
            if segment.sequence < receiveNext { return .oldAck }
            return acknowledgesOurFin(segment) ? .ackOfFin : .ack
        }
    }

    private func eventOfFin(_ segment: Segment) -> ClosingEvent {
        guard state.isSynchronized else { return .fin }
        let acknowledges = acknowledgesOurFin(segment)
        if segment.sequence > receiveNext { return .early }
        if segment.sequence < receiveNext { return acknowledges ? .oldFinAckOfFin : .oldFin }
        return acknowledges ? .finAckOfFin : .fin
    }

    private func eventOfData(_ segment: Segment) -> ClosingEvent {
        guard state.isSynchronized else { return .data }
        if segment.sequence > receiveNext { return .early }
        if segment.sequence < receiveNext { return .oldData }
        switch (hasDescriptor, acknowledgesOurFin(segment)) {
        case (true, false): return .data
        case (true, true): return .dataAckOfFin
        case (false, false): return .lateData
        case (false, true): return .lateDataAckOfFin
        }
    }
}
