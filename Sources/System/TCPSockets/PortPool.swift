// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
public import SystemPackage
public import TCPClosing

/// Local ports of a fixed set, shared by any number of connections to different destinations.
///
/// The driver of a `PortLedger`: makes sockets bound to the ports it grants, tells it what the
/// kernel refuses, and lets callers wait when nothing is free.
public final class PortPool: Sendable {
    private struct State {
        var ledger: PortLedger
        var waiting: [PortLedger.Ticket: CheckedContinuation<UInt16?, Never>] = [:]
        var lastTicket = 0
        var nextTick: Duration?
    }

    /// How long a four-tuple rests that this machine keeps in TIME-WAIT: 60 s, measured up to
    /// 62.06 s on Linux (HZ 250).
    public static let timeWait = Duration.milliseconds(62_100)
    /// When a port that another program holds is tried again.
    public static let foreignRetry = Duration.seconds(1)

    /// The ports of the pool.
    public let ports: [UInt16]
    private let loop: EventLoop
    private let origin = ContinuousClock.now
    private let state: Mutex<State>

    /// Makes a pool over ports that other programs may use, too.
    public init(ports: [UInt16], loop: EventLoop) {
        self.ports = ports
        self.loop = loop
        state = Mutex(State(ledger: PortLedger(ports: ports)))
    }

    /// What a lease gives: a socket bound to the port and on its way to the destination.
    public struct Connecting: ~Copyable, Sendable {
        /// The socket; `SO_REUSEADDR` and the linger reset are on.
        public var socket: TCPSocket
        /// The lease, to be returned with `giveBack`.
        public let lease: FourTuple
        /// Whether the connection is open already.
        public let isOpen: Bool

        /// Gives up the socket to the caller.
        public consuming func takeSocket() -> TCPSocket { socket }
    }

    /// Leases a port towards a destination and starts to connect from it.
    ///
    /// Ports that other programs hold, and four-tuples that are in use elsewhere, are passed over.
    /// When nothing is left the caller waits in the order of arrival; `waiting` is told why, once.
    ///
    /// Throws the errno of a socket(2), bind(2) or connect(2) that no other port would cure, and
    /// `Errno.canceled` when `withdrawal` comes first, or the task is cancelled, which withdraws.
    public func connect(
        to destination: Destination, withdrawal: PortRequest,
        waiting: (PortLedger.Reason) -> Void
    ) async throws(Errno) -> Connecting {
        var told = false
        func tell(_ reason: PortLedger.Reason) {
            if !told { waiting(reason) }
            told = true
        }
        if withdrawal.isWithdrawn { throw .canceled }
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        var port = try await port(for: ticket, withdrawal: withdrawal, waiting: tell) {
            $0.lease(ticket, to: destination, at: $1)
        }
        while true {
            let tuple = FourTuple(localPort: port, destination: destination)
            let attempt: Attempt
            do throws(Errno) {
                if withdrawal.isWithdrawn { throw .canceled }
                attempt = try start(tuple)
            } catch {
                giveBack(tuple, after: nil)
                throw error
            }
            // A refused request asks again in its old place.
            switch consume attempt {
            case .connecting(let connecting): return connecting
            case .portRefused:
                port = try await self.port(for: ticket, withdrawal: withdrawal, waiting: tell) {
                    $0.refusedPort(tuple, until: $1 + Self.foreignRetry, of: ticket, at: $1)
                }
            case .tupleRefused:
                port = try await self.port(for: ticket, withdrawal: withdrawal, waiting: tell) {
                    $0.refusedTuple(tuple, until: $1 + Self.foreignRetry, of: ticket, at: $1)
                }
            }
        }
    }

    private enum Attempt: ~Copyable {
        case connecting(Connecting)
        /// Another program holds the port.
        case portRefused
        /// Somebody else has a connection between the port and the destination.
        case tupleRefused
    }

    /// Binds and starts to connect.
    private func start(_ tuple: FourTuple) throws(Errno) -> Attempt {
        let destination = tuple.destination
        let socket = try TCPSocket(towards: destination.address)
        try socket.setReuseAddress()
        try socket.setLingerReset(true)
        if case .v6 = destination.address { try socket.setIPv6Only(true) }
        do throws(Errno) {
            try socket.bind(destination.address.wildcard, port: tuple.localPort)
        } catch {
            guard error == .addressInUse else { throw error }
            return .portRefused
        }
        do throws(Errno) {
            let isOpen = try socket.connect(to: destination)
            return .connecting(Connecting(socket: socket, lease: tuple, isOpen: isOpen))
        } catch {
            // The same errno says that the four-tuple is taken and that this machine has no address
            // from which to go there (IPv6 switched off, say), which no other port would cure.
            guard error == .addressNotAvailable, TCPSocket.hasSourceAddress(towards: destination)
            else { throw error }
            return .tupleRefused
        }
    }

    /// Returns a lease, after the socket was closed.
    ///
    /// - Parameters:
    ///   - lease: the four-tuple.
    ///   - record: how it was closed; what this machine keeps of it rests.
    public func giveBack(_ lease: FourTuple, after record: ClosingRecord?) {
        let now = now
        let rest: Duration? =
            switch record?.leftHere {
            case nil, .nothing: nil
            case .timeWait: now + Self.timeWait
            // An orphan waits for the remote FIN at most as long again.
            case .finWait2: now + Self.timeWait * 2
            }
        serve { $0.returned(lease, restUntil: rest, at: now) }
    }

    private var now: Duration { origin.duration(to: .now) }

    /// Asks the ledger for a port, and waits for its turn if need be.
    private func port(
        for ticket: PortLedger.Ticket, withdrawal: PortRequest,
        waiting: (PortLedger.Reason) -> Void,
        asking ask: (inout PortLedger, Duration) -> PortLedger.Answer
    ) async throws(Errno) -> UInt16 {
        let now = now
        let port = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // The continuation is there before the ledger can serve it from another thread.
                let answer = state.withLock { state in
                    let answer = ask(&state.ledger, now)
                    if case .wait = answer { state.waiting[ticket] = continuation }
                    return answer
                }
                switch answer {
                case .grant(let port): continuation.resume(returning: port)
                case .wait(let reason):
                    waiting(reason)
                    withdrawal.whenWithdrawn { self.withdraw(ticket) }
                    tick()
                }
            }
        } onCancel: {
            withdrawal.withdraw()
        }
        withdrawal.forget()
        guard let port else { throw .canceled }
        return port
    }

    private func withdraw(_ ticket: PortLedger.Ticket) {
        let waiter = state.withLock { state in
            state.ledger.withdraw(ticket)
            return state.waiting.removeValue(forKey: ticket)
        }
        waiter?.resume(returning: nil)
    }

    /// Lets the ledger serve what time has freed, and sets a timer for when it can next do so.
    private func tick() {
        let now = now
        serve { $0.tick(at: now) }
    }

    private func serve(_ event: (inout PortLedger) -> [PortLedger.Grant]) {
        let (served, timer) = state.withLock { state in
            let served = event(&state.ledger)
                .map { grant in
                    (state.waiting.removeValue(forKey: grant.ticket), grant.port)
                }
            let next = state.ledger.nextTick
            defer { state.nextTick = next ?? state.nextTick }
            return (served, next == state.nextTick ? nil : next)
        }
        for (waiter, port) in served { waiter?.resume(returning: port) }
        if let timer { loop.addTimer(at: origin + timer) { self.tick() } }
    }
}

/// A way to give up waiting for a port, from outside the waiting task.
public final class PortRequest: Sendable {
    private struct State {
        var isWithdrawn = false
        var whenWithdrawn: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Makes a request that has not been withdrawn.
    public init() {}

    /// Withdraws the request: the wait, now or in future, ends with `Errno.canceled`.
    public func withdraw() {
        let action = state.withLock { state in
            state.isWithdrawn = true
            defer { state.whenWithdrawn = nil }
            return state.whenWithdrawn
        }
        action?()
    }

    var isWithdrawn: Bool { state.withLock(\.isWithdrawn) }

    func whenWithdrawn(_ action: @escaping @Sendable () -> Void) {
        let atOnce = state.withLock { state in
            if !state.isWithdrawn { state.whenWithdrawn = action }
            return state.isWithdrawn
        }
        if atOnce { action() }
    }

    func forget() { state.withLock { $0.whenWithdrawn = nil } }
}

extension InternetAddress {
    /// The wildcard address of this address's family.
    public var wildcard: InternetAddress {
        switch self {
        case .v4: .v4(0)
        case .v6: .v6(high: 0, low: 0, zone: 0)
        }
    }
}
