// SPDX-License-Identifier: Apache-2.0

extension Connection {
    /// Everything that can happen next within a layer, in a fixed order.
    ///
    /// When there is nothing, the order is over.
    public func enabledEvents(
        in layer: Layer, by table: TransitionTable = .linux
    ) -> [ConnectionEvent] {
        var events: [ConnectionEvent] = []
        for end in ConnectionEnd.allCases {
            for call in layer.calls where isEnabled(call, at: end, in: layer, by: table) {
                events.append(.call(call, end))
            }
        }
        for sender in ConnectionEnd.allCases { addNetwork(sender, in: layer, to: &events) }
        guard isQuiet else { return events }
        for end in ConnectionEnd.allCases {
            if self[end].awaitsAcknowledgement { events.append(.retransmit(end)) }
            if layer.hasTimers { addTimers(end, to: &events) }
        }
        return events
    }

    /// A call is an event only if it does something.
    private func isEnabled(
        _ call: UserCall, at end: ConnectionEnd, in layer: Layer, by table: TransitionTable
    ) -> Bool {
        let endpoint = self[end]
        guard endpoint.hasDescriptor, endpoint.state != .timeWait else { return false }
        guard let event = endpoint.event(for: call) else { return endpoint.unread > 0 }
        if call == .send, endpoint.written >= layer.writes { return false }
        switch table[endpoint.state, event].outcome {
        case .moves, .stays: return true
        case .ignored, .impossible: return false
        }
    }

    private func addNetwork(
        _ sender: ConnectionEnd, in layer: Layer, to events: inout [ConnectionEvent]
    ) {
        let inFlight = self[inFlightFrom: sender]
        let movable: Int
        switch layer.arrival {
        case .inOrder: movable = min(1, inFlight.count)
        case .anyOrder: movable = inFlight.count
        }
        for index in 0..<movable {
            events.append(.deliver(from: sender, index))
            if losses < layer.losses { events.append(.lose(from: sender, index)) }
            let mayCopy = !inFlight[index].isCopy && !inFlight[index].wasCopied
            if duplicates < layer.duplicates, mayCopy {
                events.append(.duplicate(from: sender, index))
            }
        }
    }

    private func addTimers(_ end: ConnectionEnd, to events: inout [ConnectionEvent]) {
        let endpoint = self[end]
        switch endpoint.state {
        case .finWait1, .closing, .lastAck:
            if endpoint.awaitsAcknowledgement {
                events.append(.expire(.retransmissionsExhausted, end))
                events.append(.expire(.user, end))
            }
        case .finWait2: if !endpoint.hasDescriptor { events.append(.expire(.finWait2, end)) }
        case .timeWait: events.append(.expire(.timeWait, end))
        case .closed, .listen, .synSent, .synReceived, .established, .closeWait: break
        }
    }
}
