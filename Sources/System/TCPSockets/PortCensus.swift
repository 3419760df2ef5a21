// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing

/// Who is at a local port that is listened on, as sock_diag(7) tells.
struct PortCensus {
    /// The sockets that listen on just this address and port, by cookie, and the device each is
    /// bound to (0 for none).
    private var listeners: [UInt64: UInt32] = [:]
    /// Handshakes that wait for their last ACK, by the kernel's cookie, which the connection keeps.
    private(set) var handshakes: Set<UInt64> = []
    /// Connections that are complete and that nobody has accepted.
    ///
    /// They have no inode. Orphans have none either, but are never ESTABLISHED or in CLOSE-WAIT.
    private(set) var unaccepted: Set<UInt64> = []

    /// Whether another socket shares the port with this one: only `SO_REUSEPORT` lets two of one
    /// address and device listen (as measured).
    func hasListener(beside cookie: UInt64) -> Bool {
        guard let device = listeners[cookie] else { return false }
        return listeners.contains { $0.key != cookie && $0.value == device }
    }

    /// Everything that the close of a listener would cut off.
    ///
    /// When others share the port there is no telling whose the unaccepted ones are.
    func underWay(besidesOthers: Bool) -> Set<UInt64> {
        besidesOthers ? handshakes : handshakes.union(unaccepted)
    }

    /// Asks the kernel.
    static func take(of name: Destination) throws(SocketDiagnosticsError) -> PortCensus {
        var diagnostics = try SocketDiagnostics()
        let family: SocketQuery.Family =
            switch name.address {
            case .v4: .ipv4
            case .v6: .ipv6
            }
        let states: SocketStates = [
            SocketStates(.established), SocketStates(.synReceived), SocketStates(.closeWait),
            .listening,
        ]
        let query = SocketQuery(family: family, states: states, localPort: name.port)
        var census = PortCensus()
        for socket in try diagnostics.sockets(matching: query) { census.count(socket, of: name) }
        return census
    }

    private mutating func count(_ socket: SocketSnapshot, of name: Destination) {
        let isSame = socket.localAddress.bits == name.address.bits
        let isOurs = isSame || name.address.isWildcard
        switch socket.state {
        case .listen: if isSame { listeners[socket.cookie] = socket.interface }
        case .synReceived, .newSynReceived: if isOurs { handshakes.insert(socket.cookie) }
        case .established, .closeWait:
            if isOurs, socket.inode == 0 { unaccepted.insert(socket.cookie) }
        case .synSent, .finWait1, .finWait2, .timeWait, .closed, .lastAck, .closing, .bound: break
        }
    }
}

extension InternetAddress {
    /// The address without its zone, which is told apart from the address there.
    fileprivate var bits: InternetAddress {
        switch self {
        case .v4: self
        case .v6(let high, let low, zone: _): .v6(high: high, low: low, zone: 0)
        }
    }

    fileprivate var isWildcard: Bool {
        switch self {
        case .v4(let bits): bits == 0
        case .v6(let high, let low, zone: _): high == 0 && low == 0
        }
    }
}
