// SPDX-License-Identifier: Apache-2.0

// The places of states and events in a transition table. Written out, because looking a row up is
// what an exploration does most.

extension TCPState {
    /// Its place in `allCases`.
    var ordinal: Int {
        switch self {
        case .closed: 0
        case .listen: 1
        case .synSent: 2
        case .synReceived: 3
        case .established: 4
        case .finWait1: 5
        case .finWait2: 6
        case .closeWait: 7
        case .closing: 8
        case .lastAck: 9
        case .timeWait: 10
        }
    }
}

extension ClosingEvent {
    static let count = allCases.count

    /// Its place in `allCases`.
    var ordinal: Int {
        switch self {
        case .listen: 0
        case .connect: 1
        case .reconnect: 2
        case .send: 3
        case .shutDown: 4
        case .close: 5
        case .closeUnread: 6
        case .abort: 7
        case .processEnds: 8
        case .processEndsUnread: 9
        case .syn: 10
        case .oldSyn: 11
        case .synAck: 12
        case .ackOfSyn: 13
        case .ack: 14
        case .oldAck: 15
        case .ackOfFin: 16
        case .fin: 17
        case .finAckOfFin: 18
        case .oldFin: 19
        case .oldFinAckOfFin: 20
        case .data: 21
        case .dataAckOfFin: 22
        case .lateData: 23
        case .lateDataAckOfFin: 24
        case .oldData: 25
        case .early: 26
        case .rst: 27
        case .earlyRst: 28
        case .oldRst: 29
        case .retransmissionTimer: 30
        case .retransmissionsExhausted: 31
        case .finWait2Timer: 32
        case .timeWaitTimer: 33
        case .userTimeout: 34
        }
    }
}
