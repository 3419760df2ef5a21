// SPDX-License-Identifier: Apache-2.0

/// A listening socket that is being closed while clients connect (RFC 9293 section 3.10.4, LISTEN).
///
/// One closing, a few clients, each connecting once; every order of their events can be explored.
/// Limits: nothing is lost or reordered, clients do not close, the queue has room, and SYN cookies are
/// off. The facts are Linux's (`inet_csk_listen_stop`), measured on 6.18: what is queued is reset, a
/// handshake under way is forgotten and its ACK answered with a RST, and nothing keeps the port.
public struct Listener: Hashable, Sendable {
    /// How the socket is closed.
    public enum Way: String, Hashable, Sendable, CaseIterable {
        /// close(2), whatever is pending.
        case atOnce = "at once"
        /// Looks whether a connection is pending (poll(2), select(2), accept(2) without waiting), and
        /// closes when none is.
        case afterCheck = "after a check"
        /// Stops SYNs before they reach the socket, accepts until no connection and no handshake is
        /// pending, closes.
        case drained
        /// Closes while another socket of its `SO_REUSEPORT` group listens, with
        /// `net.ipv4.tcp_migrate_req` on: that one inherits what is pending, and gets all new SYNs.
        case handedOver = "handed over"
    }

    /// Where one client is.
    public enum Client: Hashable, Sendable, CaseIterable {
        /// Has not called connect(2).
        case idle
        /// SYN-SENT; its SYN is in flight.
        case synInFlight
        /// SYN-SENT; the SYN-ACK is in flight. The listener knows a handshake (SYN-RECEIVED).
        case synAckInFlight
        /// ESTABLISHED, as far as it knows; its ACK is in flight.
        case ackInFlight
        /// ESTABLISHED at both ends, waiting in the accept queue.
        case queued
        /// Accepted. Final.
        case accepted
        /// connect(2) failed with `ECONNREFUSED`. Final.
        case refused
        /// ESTABLISHED for a moment, then `ECONNRESET`. Final.
        case reset
        /// Its SYN was dropped: it sends it again after 1 s, for whoever listens then. Final here.
        case unanswered
    }

    /// What the closing has come to.
    public enum Phase: Hashable, Sendable {
        /// Listens.
        case listening
        /// A check has found the accept queue empty.
        case foundEmpty
        /// SYNs are dropped.
        case draining
        /// Closed.
        case closed
    }

    /// One thing that happens.
    public enum Event: Hashable, Sendable {
        /// A client calls connect(2).
        case connect(Int)
        /// The segment in flight of a client's handshake arrives.
        case deliver(Int)
        /// The process accepts a client.
        case accept(Int)
        /// The process looks for pending connections and finds none.
        case check
        /// SYNs are dropped from now on.
        case stopSyns
        /// The process closes the socket.
        case close
    }

    /// How it is closed.
    public let way: Way
    /// The clients.
    public private(set) var clients: [Client]
    /// What the closing has come to.
    public private(set) var phase: Phase = .listening

    /// Makes a listener with clients that have not called yet.
    public init(_ way: Way, clients count: Int) {
        self.way = way
        clients = Array(repeating: .idle, count: count)
    }

    /// Whether a second socket of the group takes what this one leaves.
    private var hasHeir: Bool { way == .handedOver }

    /// Everything that can happen next.
    ///
    /// After the last event the socket is closed, and each client knows where it stands.
    public func enabledEvents() -> [Event] {
        var events = closingEvents()
        for (index, client) in clients.enumerated() {
            switch client {
            case .idle: events.append(.connect(index))
            case .synInFlight, .synAckInFlight, .ackInFlight: events.append(.deliver(index))
            case .queued: if accepts { events.append(.accept(index)) }
            case .accepted, .refused, .reset, .unanswered: break
            }
        }
        return events
    }

    /// Whether a process still takes connections: one that has looked goes on to close.
    private var accepts: Bool {
        switch phase {
        case .listening, .draining: true
        case .foundEmpty, .closed: hasHeir
        }
    }

    private func closingEvents() -> [Event] {
        let isEmpty = !clients.contains(.queued)
        let knowsHandshake = clients.contains(.synAckInFlight) || clients.contains(.ackInFlight)
        switch (phase, way) {
        case (.listening, .atOnce), (.listening, .handedOver), (.foundEmpty, _): return [.close]
        case (.listening, .afterCheck): return isEmpty ? [.check] : []
        case (.listening, .drained): return [.stopSyns]
        case (.draining, _): return isEmpty && !knowsHandshake ? [.close] : []
        case (.closed, _): return []
        }
    }

    /// Lets an event happen that is enabled.
    public mutating func apply(_ event: Event) {
        switch event {
        case .connect(let index): clients[index] = .synInFlight
        case .deliver(let index): clients[index] = arrived(clients[index])
        case .accept(let index): clients[index] = .accepted
        case .check: phase = .foundEmpty
        case .stopSyns: phase = .draining
        case .close:
            phase = .closed
            if !hasHeir {
                for index in clients.indices where clients[index] == .queued {
                    clients[index] = .reset
                }
            }
        }
    }

    private func arrived(_ client: Client) -> Client {
        let isServed = phase != .closed || hasHeir
        switch client {
        case .synInFlight:
            // What drops SYNs goes on doing so after the close: a filter, not the socket.
            if way == .drained, phase != .listening { return .unanswered }
            return isServed ? .synAckInFlight : .refused
        case .synAckInFlight: return .ackInFlight
        case .ackInFlight: return isServed ? .queued : .reset
        case .idle, .queued, .accepted, .refused, .reset, .unanswered: return client
        }
    }
}

extension Listener {
    /// All ends of all orders, and in how many orders each is the end.
    public func census() -> [Listener: Int] {
        var known: [Listener: [Listener: Int]] = [:]
        return ends(&known)
    }

    private func ends(_ known: inout [Listener: [Listener: Int]]) -> [Listener: Int] {
        if let ends = known[self] { return ends }
        let events = enabledEvents()
        var ends: [Listener: Int] = events.isEmpty ? [self: 1] : [:]
        for event in events {
            var next = self
            next.apply(event)
            for (end, count) in next.ends(&known) { ends[end, default: 0] += count }
        }
        known[self] = ends
        return ends
    }
}
