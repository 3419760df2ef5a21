// SPDX-License-Identifier: Apache-2.0

import SystemPackage
import TCPClosing
import TCPSockets

/// Connects to the first of a host's addresses that answers (RFC 8305, "happy eyeballs").
///
/// Families take turns, the one that the system prefers first. The next address is tried when one
/// has failed, or has not answered for a moment; all go on, and the first to open wins.
struct SSHConnector {
    /// A connection that is open.
    struct Opened {
        var socket: SharedTCPSocket
        var watch: WatchToken
        var destination: Destination
    }

    enum Failure: Error {
        /// What the last address that failed had to say.
        case refused(Destination, Errno)
        /// A stop was asked for.
        case stopped
        /// None has answered in time.
        case timePassed
    }

    private struct Attempt {
        var socket: SharedTCPSocket
        var watch: WatchToken
        var destination: Destination
        var slot: Int
    }

    /// How long an address has for itself (RFC 8305 section 5).
    static let headStart = Duration.milliseconds(250)

    let loop: EventLoop
    let wakeups: Wakeups
    /// The address to call from, or `nil` for the kernel's choice.
    let localAddress: InternetAddress?
    /// Whether a stop has been asked for.
    let isStopped: () -> Bool

    /// The addresses in the order in which they are tried: families in turn.
    static func order(_ addresses: [InternetAddress]) -> [InternetAddress] {
        guard let first = addresses.first else { return [] }
        func isV4(_ address: InternetAddress) -> Bool {
            switch address {
            case .v4: true
            case .v6: false
            }
        }
        let preferred = addresses.filter { isV4($0) == isV4(first) }
        let others = addresses.filter { isV4($0) != isV4(first) }
        var order: [InternetAddress] = []
        for index in 0..<max(preferred.count, others.count) {
            if index < preferred.count { order.append(preferred[index]) }
            if index < others.count { order.append(others[index]) }
        }
        return order
    }

    /// Connects, or says why not.
    func connect(
        to addresses: [InternetAddress], port: UInt16, within limit: Duration?
    ) async throws(Failure) -> Opened {
        let destinations = Self.order(addresses).map { Destination(address: $0, port: port) }
        let end = limit.map { ContinuousClock.now + $0 }
        var next = 0
        var open: [Attempt] = []
        var lastFailure: Failure?
        var nextStart = ContinuousClock.now
        if let end { loop.post(.timer, to: wakeups, at: end) }
        defer { for attempt in open { loop.forget(attempt.watch) } }
        while true {
            if isStopped() { throw .stopped }
            let now = ContinuousClock.now
            if let end, now >= end { throw .timePassed }
            if next < destinations.count, open.isEmpty || now >= nextStart,
                let slot = freeSlot(open)
            {
                let destination = destinations[next]
                next += 1
                do throws(Errno) {
                    let (attempt, isOpen) = try start(destination, slot: slot)
                    if isOpen {
                        return Opened(
                            socket: attempt.socket, watch: attempt.watch, destination: destination)
                    }
                    open.append(attempt)
                } catch {
                    lastFailure = .refused(destination, error)
                    continue
                }
                if next < destinations.count {
                    nextStart = now + Self.headStart
                    loop.post(.timer, to: wakeups, at: nextStart)
                }
            }
            if open.isEmpty, next == destinations.count {
                throw lastFailure ?? .timePassed
            }
            let wakeup = await wakeups.next()
            for (index, attempt) in open.enumerated().reversed()
            where wakeup.contains(.writable(attempt.slot)) {
                do throws(Errno) {
                    try attempt.socket.socket.connectResult()
                    open.remove(at: index)
                    return Opened(
                        socket: attempt.socket, watch: attempt.watch,
                        destination: attempt.destination)
                } catch {
                    loop.forget(attempt.watch)
                    open.remove(at: index)
                    lastFailure = .refused(attempt.destination, error)
                    nextStart = .now
                }
            }
        }
    }

    private func freeSlot(_ open: [Attempt]) -> Int? {
        (0..<Wakeup.slotCount).first { slot in !open.contains { $0.slot == slot } }
    }

    private func start(
        _ destination: Destination, slot: Int
    ) throws(Errno) -> (Attempt, isOpen: Bool) {
        let socket = SharedTCPSocket(try TCPSocket(towards: destination.address))
        // If this process dies, nothing stays behind.
        try socket.socket.setLingerReset(true)
        try socket.socket.setNoDelay()
        if let localAddress { try socket.socket.bind(localAddress, port: 0) }
        let isOpen = try socket.socket.connect(to: destination)
        let watch = try loop.watch(socket.socket, for: wakeups, slot: slot)
        return (
            Attempt(socket: socket, watch: watch, destination: destination, slot: slot), isOpen
        )
    }
}
