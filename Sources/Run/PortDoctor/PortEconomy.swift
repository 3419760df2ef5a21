// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
package import TCPClosing

/// Where this machine's ports are: how many connections go where, how many are closing, how many
/// ports are left, and for how long at the rate seen.
///
/// A pure sum over the socket table. TIME-WAIT says when each connection was closed, since all rest
/// for the same time: one look at the table tells the rate of the last minute.
package struct PortEconomy: Hashable, Sendable {
    /// The connections to one remote address and port.
    package struct Outgoing: Hashable, Sendable {
        package var destination: Destination
        package var count: ConnectionCount
        /// Distinct addresses of this machine they come from; each has all ports to itself.
        package var sourceCount: Int
        /// Ports towards there that the kernel can still choose, from the addresses used now.
        package var freePorts: Int
        /// How many connections a second it can bear for ever if this end closes first.
        package var sustainableRate: Double
        /// How many a second this end has closed first, of late.
        package var closingRate: Double
        /// When no port is left if that goes on; `nil` when that never happens.
        package var exhaustedIn: Duration?
        /// Whether more than half of the ports are in use: the kernel's search, which tries those of
        /// one parity first, is slow from there on (measured: 12 µs, then 230 µs, for 8,000 ports).
        package var isSearchSlow: Bool
    }

    /// The connections to one port of this machine.
    package struct Incoming: Hashable, Sendable {
        package var localPort: UInt16
        /// Whether somebody listens there now.
        package var isListening: Bool
        package var count: ConnectionCount
        /// How many a second this end has closed first, of late.
        package var closingRate: Double
    }

    /// Connections by what their ports are kept for.
    package struct ConnectionCount: Hashable, Sendable {
        /// ESTABLISHED, or on the way there.
        package var open = 0
        /// Closing, but not in TIME-WAIT; a process may still have its descriptor.
        package var closing = 0
        /// CLOSE-WAIT: the other end has closed, and a program here has not.
        package var closeWait = 0
        /// TIME-WAIT.
        package var timeWait = 0

        package var total: Int { open + closing + closeWait + timeWait }

        mutating func add(_ state: SocketState) {
            switch state {
            case .established, .synSent, .synReceived, .newSynReceived: open += 1
            case .finWait1, .finWait2, .closing, .lastAck: closing += 1
            case .closeWait: closeWait += 1
            case .timeWait: timeWait += 1
            case .closed, .listen, .bound: break
            }
        }
    }

    package var settings: PortSettings
    /// By how much of their ports is in use, most first.
    package var outgoing: [Outgoing]
    /// By number of connections, most first.
    package var incoming: [Incoming]
    package var total: ConnectionCount
    package var listeners: Int
    /// Ports the kernel may choose from and cannot, because a socket is bound to them.
    package var boundPorts: Int
    /// All local ports, by who gets them.
    package var ranges: [LocalPortRange]
    /// What the sockets' own records take in the kernel, in bytes; without what waits in buffers.
    package var recordBytes: Int

    /// The span of time the rates are about.
    package static let rateWindow = Duration.seconds(10)
}

extension PortEconomy {
    /// Sums up a table, in whatever order it is.
    package init(of sockets: some Collection<SocketSnapshot>, settings: PortSettings) {
        var tally = PortTally(settings: settings)
        for socket in sockets where socket.state == .listen { tally.add(socket) }
        for socket in sockets where socket.state != .listen { tally.add(socket) }
        self = tally.economy()
    }
}

extension PortEconomy.ConnectionCount {
    static func += (sum: inout Self, count: Self) {
        sum.open += count.open
        sum.closing += count.closing
        sum.closeWait += count.closeWait
        sum.timeWait += count.timeWait
    }
}
