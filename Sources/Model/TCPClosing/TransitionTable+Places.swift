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
        case .send: 2
        case .shutDown: 3
        case .close: 4
        case .closeUnread: 5
        case .abort: 6
        case .processEnds: 7
        case .processEndsUnread: 8
        case .syn: 9
        case .oldSyn: 10
        case .synAck: 11
        case .ackOfSyn: 12
        case .ack: 13
        case .oldAck: 14
        case .ackOfFin: 15
        case .fin: 16
        case .finAckOfFin: 17
        case .oldFin: 18
        case .oldFinAckOfFin: 19
        case .data: 20
        case .dataAckOfFin: 21
        case .lateData: 22
        case .lateDataAckOfFin: 23
        case .oldData: 24
        case .early: 25
        case .rst: 26
        case .earlyRst: 27
        case .oldRst: 28
        case .retransmissionTimer: 29
        case .retransmissionsExhausted: 30
        case .finWait2Timer: 31
        case .timeWaitTimer: 32
        case .userTimeout: 33
        }
    }
}
