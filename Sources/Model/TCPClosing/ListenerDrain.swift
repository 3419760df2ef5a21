// SPDX-License-Identifier: Apache-2.0

/// Closes a listening socket with the least loss: which steps, in which order, and when it is over.
///
/// close(2) on a listener resets every connection that waits to be accepted and every handshake
/// whose last ACK is on its way: clients that believe themselves connected (RFC 9293 section
/// 3.10.4 leaves to the implementation what becomes of them; Linux, measured). No look before the
/// close helps while new connections keep coming. So they are stopped first; what is left can only
/// become less, and nothing left is a fact that stays true until the close.
///
/// A machine without I/O and without a clock; `DrainingListener` of `TCPSockets` drives it.
public struct ListenerDrain: Hashable, Sendable {
    /// What decides which way to go; known before anything is done.
    public struct Circumstances: Hashable, Sendable {
        /// Whether another socket listens on the same address and port (`SO_REUSEPORT`).
        public var sharesPort: Bool
        /// Whether the kernel hands a closed listener's connections on (`tcp_migrate_req`).
        public var migrates: Bool
        /// Where the successor stands among the sockets that share the port, in the order in which
        /// they began to listen, from 0; `nil` when that is not known.
        public var successorPosition: Int?

        /// Makes circumstances.
        public init(sharesPort: Bool, migrates: Bool, successorPosition: Int? = nil) {
            self.sharesPort = sharesPort
            self.migrates = migrates
            self.successorPosition = successorPosition
        }
    }

    /// Where the draining is.
    public enum State: Hashable, Sendable {
        /// Nothing was done yet.
        case listening
        /// New connections are being stopped.
        case stopping
        /// Accepting what is there. `isLast` when the time is up: the close follows.
        case accepting(isLast: Bool)
        /// Everything there was accepted; the kernel is asked what else is under way.
        case counting(isLast: Bool)
        /// So many were under way when the kernel was asked (`nil`: it could not be), and no others
        /// can follow; what has come since is accepted, then the close follows.
        case emptying(pending: Int?)
        /// Handshakes are under way, or it is not known whether any are: wait for them.
        case settling
        /// Closed, or about to be; the record says how.
        case closed(ListenerDrainRecord)
    }

    /// A step for the driver, to be taken in the order given.
    public enum Action: Hashable, Sendable {
        /// Have new connections go to the socket at this position; no answer is awaited.
        case steer(position: Int)
        /// Do not hold handshakes back until data comes (`TCP_DEFER_ACCEPT`); no answer is awaited.
        case stopDeferring
        /// Have SYNs to this socket dropped; answer with `stopped(by:)`.
        case stopNewConnections
        /// Accept until nothing waits; answer with `accepted(_:)`.
        case acceptAll
        /// Ask the kernel for handshakes and unaccepted connections; answer with `counted(_:)`.
        case countPending
        /// Wait a moment; answer with `momentPassed()` or `deadlinePassed()`.
        case wait
        /// Close the socket.
        case close
    }

    /// What decides which way to go.
    public let circumstances: Circumstances
    /// Where the draining is.
    public private(set) var state: State = .listening
    private var stopMeans: ListenerDrainRecord.StopMeans?
    private var accepted = 0

    /// Makes a drain for a socket that listens.
    public init(_ circumstances: Circumstances) { self.circumstances = circumstances }

    /// How it went, once closed.
    public var record: ListenerDrainRecord? {
        switch state {
        case .listening, .stopping, .accepting, .counting, .emptying, .settling: nil
        case .closed(let record): record
        }
    }

    /// The socket is to be closed.
    public mutating func begun() -> [Action] {
        guard state == .listening else { return [] }
        if circumstances.sharesPort, circumstances.migrates {
            // The kernel does it all, and better: also for handshakes that end later.
            state = .closed(
                ListenerDrainRecord(way: .migrated, acceptedWhileDraining: 0, cut: 0))
            return [.close]
        }
        state = .stopping
        let steering = circumstances.sharesPort ? circumstances.successorPosition : nil
        return (steering.map { [.steer(position: $0)] } ?? []) + [
            .stopDeferring, .stopNewConnections,
        ]
    }

    /// SYNs are dropped from now on, or nothing could make the kernel do so.
    public mutating func stopped(by means: ListenerDrainRecord.StopMeans?) -> [Action] {
        guard state == .stopping else { return [] }
        stopMeans = means
        state = .accepting(isLast: false)
        return [.acceptAll]
    }

    /// So many connections were accepted, and then none waited.
    public mutating func accepted(_ count: Int) -> [Action] {
        switch state {
        case .accepting(let isLast):
            accepted += count
            state = .counting(isLast: isLast)
            return [.countPending]
        case .emptying(let pending):
            accepted += count
            // Where others share the port, those accepted now need not be those that were counted.
            let cut = circumstances.sharesPort ? pending : pending.map { max(0, $0 - count) }
            state = .closed(
                ListenerDrainRecord(
                    way: .drained(stopMeans), acceptedWhileDraining: accepted, cut: cut))
            return [.close]
        case .listening, .stopping, .counting, .settling, .closed: return []
        }
    }

    /// So many connections are under way; `nil` when the kernel could not be asked.
    public mutating func counted(_ pending: Int?) -> [Action] {
        switch state {
        case .counting(let isLast):
            guard isLast || pending == 0 else {
                state = .settling
                return [.wait]
            }
            state = .emptying(pending: pending)
            return [.acceptAll]
        case .listening, .stopping, .accepting, .emptying, .settling, .closed: return []
        }
    }

    /// Time to look again.
    public mutating func momentPassed() -> [Action] { lookAgain(isLast: false) }

    /// No more waiting: what is under way now is cut off.
    public mutating func deadlinePassed() -> [Action] { lookAgain(isLast: true) }

    private mutating func lookAgain(isLast: Bool) -> [Action] {
        guard state == .settling else { return [] }
        state = .accepting(isLast: isLast)
        return [.acceptAll]
    }
}
