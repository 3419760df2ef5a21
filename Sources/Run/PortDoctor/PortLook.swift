// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics

/// One look at the whole table: the sum of it, and which of the connections that have ended have left
/// a record.
package struct PortLook {
    /// The sum.
    package private(set) var tally: PortTally
    /// Those of the awaited connections in whose place there is a record, and its cookie.
    private(set) var found: [(ends: ConnectionEnds, cookie: UInt64)] = []
    /// The listeners, by port.
    private(set) var listeners: [UInt16: SocketSnapshot] = [:]
    private let awaited: Set<ConnectionEnds>

    init(settings: PortSettings, awaited: Set<ConnectionEnds>) {
        tally = PortTally(settings: settings)
        self.awaited = awaited
    }

    /// Counts a socket; listeners come first.
    package mutating func add(_ socket: SocketSnapshot) {
        tally.add(socket)
        if socket.state == .listen { listeners[socket.localPort] = socket }
        guard !awaited.isEmpty, socket.isMiniSocket else { return }
        let ends = ConnectionEnds(socket)
        if awaited.contains(ends) { found.append((ends, socket.cookie)) }
    }
}
