// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
package import TCPClosing

/// What one end's kernel shows of a connection.
package struct EndShown: Hashable, Sendable {
    /// The state; CLOSED when the kernel knows no such connection.
    package var state: TCPState
    /// Whether a process holds it.
    package var hasDescriptor: Bool
    /// Whether only a small record is left (`SocketSnapshot.isMiniSocket`).
    package var isMiniSocket: Bool
    /// The timer that runs.
    package var timer: SocketTimer?

    /// What is shown of a connection that is not there.
    static let gone = EndShown(.closed, hasDescriptor: false, isMiniSocket: false)

    init(
        _ state: TCPState, hasDescriptor: Bool, isMiniSocket: Bool, timer: SocketTimer? = nil
    ) {
        self.state = state
        self.hasDescriptor = hasDescriptor
        self.isMiniSocket = isMiniSocket
        self.timer = timer
    }

    init(_ snapshot: SocketSnapshot?) {
        guard let snapshot else {
            self = .gone
            return
        }
        self.init(
            TCPState(snapshot.state), hasDescriptor: snapshot.inode != 0,
            isMiniSocket: snapshot.isMiniSocket, timer: snapshot.timer)
    }

    /// What the model expects to be shown.
    init(_ endpoint: Endpoint) {
        self.init(
            endpoint.state,
            hasDescriptor: endpoint.hasDescriptor && endpoint.state != .closed
                && !endpoint.isMiniSocket,
            isMiniSocket: endpoint.isMiniSocket)
    }

    /// Whether both say the same, timers left aside: the model has no clock.
    func agrees(with other: EndShown) -> Bool {
        state == other.state && hasDescriptor == other.hasDescriptor
            && isMiniSocket == other.isMiniSocket
    }
}

extension EndShown: CustomStringConvertible {
    /// `FIN-WAIT-2, record`; an end that a process holds is not remarked on.
    package var description: String {
        switch state {
        case .closed, .timeWait: state.description
        case .listen, .synSent, .synReceived, .established, .finWait1, .finWait2, .closeWait,
            .closing, .lastAck:
            "\(state)" + (isMiniSocket ? ", record" : hasDescriptor ? "" : ", orphan")
        }
    }
}

extension TCPState {
    /// The state of RFC 9293 that a state of Linux is.
    init(_ state: SocketState) {
        switch state {
        case .established: self = .established
        case .synSent: self = .synSent
        case .synReceived, .newSynReceived: self = .synReceived
        case .finWait1: self = .finWait1
        case .finWait2: self = .finWait2
        case .timeWait: self = .timeWait
        case .closed, .bound: self = .closed
        case .closeWait: self = .closeWait
        case .lastAck: self = .lastAck
        case .listen: self = .listen
        case .closing: self = .closing
        }
    }
}
