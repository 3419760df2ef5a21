// SPDX-License-Identifier: Apache-2.0

/// What happened when a listening socket was closed.
public struct ListenerDrainRecord: Hashable, Sendable {
    /// What keeps new connections from a socket that goes on accepting.
    public enum StopMeans: String, Hashable, Sendable {
        /// A packet filter on the socket drops SYNs and nothing else (`SO_ATTACH_FILTER`).
        ///
        /// Linux asks for `CAP_NET_ADMIN` to put one on a TCP socket (measured on 6.18).
        case filter = "SYN filter"
        /// Only packets with the greatest time to live, 255, get through (`IP_MINTTL`,
        /// `IPV6_MINHOPCOUNT`); needs no privilege.
        ///
        /// Handshakes under way end nevertheless: the kernel does not apply it to their ACKs.
        /// Senders that begin with 255 and are not behind a router are not stopped; Linux, the
        /// BSDs, macOS and Windows begin with 64 or 128. Data that arrives in the moment between
        /// the end of a handshake and its accept is dropped, and comes again 0.2 s later.
        case minimumTTL = "minimum TTL"
    }

    /// How the socket was closed.
    public enum Way: Hashable, Sendable {
        /// The kernel handed everything on to another socket that shares the port.
        case migrated
        /// New connections were stopped by these means (`nil`: none works here), and what was under
        /// way was accepted.
        case drained(StopMeans?)
    }

    /// What was out of this end's power.
    public enum NotPrevented: Hashable, Sendable {
        /// SYNs were dropped, by the number of segments: their senders repeat them after 1 s, and
        /// then reach whoever listens, or are refused. None of them was connected.
        case unansweredSYNs(Int)
        /// These many clients may believe themselves connected and will be reset: their last ACK
        /// did not come in time, or they could not be accepted.
        case cut(Int)
        /// The kernel could not be asked: any number of handshakes may have been cut off.
        case unknownHandshakes
        /// Nothing stops new connections here: those that came between the last look and the close
        /// were reset.
        case newConnections
        /// The kernel answers SYNs with cookies (RFC 4987 section 3.6), which leave no trace here:
        /// the ACK of such a handshake may come after the close, and is reset.
        case synCookies
    }

    /// How the socket was closed.
    public var way: Way
    /// How many connections were accepted after new ones had been stopped.
    public var acceptedWhileDraining: Int
    /// How many were still under way at the close; `nil` when that is not known.
    public var cut: Int?
    /// How many segments were dropped, SYNs and their repetitions.
    public var droppedSegments: Int
    /// Whether the kernel may have answered SYNs with cookies.
    public var usedSYNCookies: Bool

    /// Makes a record.
    public init(
        way: Way, acceptedWhileDraining: Int, cut: Int?, droppedSegments: Int = 0,
        usedSYNCookies: Bool = false
    ) {
        self.way = way
        self.acceptedWhileDraining = acceptedWhileDraining
        self.cut = cut
        self.droppedSegments = droppedSegments
        self.usedSYNCookies = usedSYNCookies
    }

    /// What was out of this end's power; empty when no client can have noticed anything.
    public var notPrevented: [NotPrevented] {
        var list: [NotPrevented] = []
        if droppedSegments > 0 { list.append(.unansweredSYNs(droppedSegments)) }
        switch cut {
        case nil: list.append(.unknownHandshakes)
        case 0: break
        case let count?: list.append(.cut(count))
        }
        if way == .drained(nil) { list.append(.newConnections) }
        if usedSYNCookies { list.append(.synCookies) }
        return list
    }

    /// Whether no client that was connected can have been cut off.
    public var isLossless: Bool {
        notPrevented.allSatisfy {
            switch $0 {
            case .unansweredSYNs: true
            case .cut, .unknownHandshakes, .newConnections, .synCookies: false
            }
        }
    }
}
