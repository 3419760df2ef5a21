// SPDX-License-Identifier: Apache-2.0

/// Carries out a closing policy: what to do with a socket, in which order, so that the right end
/// keeps TIME-WAIT.
///
/// A machine without I/O. Its driver keeps `SO_LINGER {on, 0}` on the socket from the start, so
/// that the death of this process at any moment leaves nothing behind (a RST instead of a FIN), and
/// executes the actions this machine answers with.
public struct Closer: Hashable, Sendable {
    /// Where the closing is.
    public enum State: Hashable, Sendable {
        /// Both ends may send. Leaves when either end is done.
        case open
        /// The remote end has sent its FIN and all before it was read (CLOSE-WAIT here).
        case remoteEnded
        /// We are done and wait, reading, for the remote end to close first.
        case draining
        /// We have sent our FIN first and wait, reading, for the remote end's.
        case halfClosed
        /// Closed; the record says how.
        case closed(ClosingRecord)
    }

    /// A step for the driver, to be taken in the order given.
    public enum Action: Hashable, Sendable {
        /// Go on reading, for at most the drain limit; then say `deadlinePassed`.
        case readToEnd
        /// Send a FIN and keep reading. The corresponding C function is shutdown(2) with `SHUT_WR`.
        case shutDownWriting
        /// Undo the linger of the start, so that close(2) sends a FIN.
        case closeInOrder
        /// Keep the linger of the start: close(2) sends a RST.
        case reset
    }

    /// The policy carried out.
    public let policy: ClosingPolicy
    /// Where the closing is.
    public private(set) var state: State = .open

    /// Makes a closer for an open connection.
    public init(_ policy: ClosingPolicy) { self.policy = policy }

    /// How it went, once closed.
    public var record: ClosingRecord? {
        switch state {
        case .open, .remoteEnded, .draining, .halfClosed: nil
        case .closed(let record): record
        }
    }

    /// We have nothing more to send, and wait for no more answers.
    public mutating func finished() -> [Action] {
        switch state {
        case .open:
            switch policy {
            case .resetAfterEnd, .remoteFirst:
                state = .draining
                return [.readToEnd]
            case .localFirst:
                state = .halfClosed
                return [.shutDownWriting, .readToEnd]
            }
        case .remoteEnded: return closeAfterRemote()
        case .draining, .halfClosed, .closed: return []
        }
    }

    /// The remote end's FIN was read, after all bytes before it.
    public mutating func endOfStream() -> [Action] {
        switch state {
        case .open:
            state = .remoteEnded
            return []
        case .draining: return closeAfterRemote()
        case .halfClosed:
            state = .closed(
                ClosingRecord(
                    closedFirst: .local, byReset: false, leftHere: .timeWait, leftThere: .nothing,
                    bytesMayBeLost: false))
            return [.closeInOrder]
        case .remoteEnded, .closed: return []
        }
    }

    /// The remote end did not close within the drain limit.
    public mutating func deadlinePassed() -> [Action] {
        switch state {
        case .draining:
            switch policy {
            case .resetAfterEnd, .localFirst: return abort()
            case .remoteFirst:
                // The fallback pays here: our FIN goes first after all.
                state = .closed(
                    ClosingRecord(
                        closedFirst: .local, byReset: false, leftHere: .finWait2,
                        leftThere: .nothing, bytesMayBeLost: true))
                return [.closeInOrder]
            }
        case .halfClosed:
            state = .closed(
                ClosingRecord(
                    closedFirst: .local, byReset: false, leftHere: .finWait2, leftThere: .nothing,
                    bytesMayBeLost: true))
            return [.closeInOrder]
        case .open, .remoteEnded, .closed: return []
        }
    }

    /// The connection must end now, whatever is lost.
    public mutating func abort() -> [Action] {
        let lost: Bool
        switch state {
        case .open, .draining, .halfClosed: lost = true
        case .remoteEnded: lost = false
        case .closed: return []
        }
        state = .closed(
            ClosingRecord(
                closedFirst: lost ? .local : .remote, byReset: true, leftHere: .nothing,
                leftThere: .nothing, bytesMayBeLost: lost))
        return [.reset]
    }

    /// The connection broke: the remote end reset it, or the network gave up.
    public mutating func failed() -> [Action] {
        switch state {
        case .open, .remoteEnded, .draining, .halfClosed:
            let lost = state != .remoteEnded
            let first: ClosingRecord.End = state == .halfClosed ? .local : .remote
            state = .closed(
                ClosingRecord(
                    closedFirst: first, byReset: true, leftHere: .nothing, leftThere: .nothing,
                    bytesMayBeLost: lost))
            return [.reset]
        case .closed: return []
        }
    }

    private mutating func closeAfterRemote() -> [Action] {
        switch policy {
        case .resetAfterEnd:
            state = .closed(
                ClosingRecord(
                    closedFirst: .remote, byReset: true, leftHere: .nothing, leftThere: .nothing,
                    bytesMayBeLost: false))
            return [.reset]
        case .remoteFirst, .localFirst:
            state = .closed(
                ClosingRecord(
                    closedFirst: .remote, byReset: false, leftHere: .nothing, leftThere: .timeWait,
                    bytesMayBeLost: false))
            return [.closeInOrder]
        }
    }
}
