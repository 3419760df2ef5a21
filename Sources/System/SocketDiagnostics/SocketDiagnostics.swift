// SPDX-License-Identifier: Apache-2.0

import SystemPackage
import TCPClosing

/// The TCP sockets of one network namespace, asked of the kernel (sock_diag(7)).
///
/// Shows what `ss` shows, and what it does not: sockets that are bound and do not listen. Needs no
/// privilege, but for `destroy(_:)`. One instance serves one caller at a time.
public struct SocketDiagnostics {
    private let socket: any NetlinkSocket
    private var lastSequence: UInt32 = 0

    private static let byFamily: UInt16 = 20
    private static let destroySocket: UInt16 = 21
    /// How often a dump that was interrupted is tried.
    private static let mostDumps = 5

    /// Opens the socket table of the network namespace this thread is in.
    public init() throws(SocketDiagnosticsError) {
        self.init(over: try KernelNetlinkSocket(.socketDiagnostics))
    }

    /// Opens the socket table of another network namespace; needs `CAP_SYS_ADMIN` there and here.
    ///
    /// This thread stays where it is.
    public init(in namespace: NetworkNamespaceName) throws(SocketDiagnosticsError) {
        self.init(over: try KernelNetlinkSocket(in: namespace))
    }

    /// Reads the table through a socket.
    package init(over socket: any NetlinkSocket) { self.socket = socket }

    /// The sockets that match a query, in the kernel's order.
    ///
    /// A dump is no snapshot of one moment: a socket that changes its state meanwhile may be there
    /// twice or not at all.
    public mutating func sockets(
        matching query: SocketQuery
    ) throws(SocketDiagnosticsError) -> [SocketSnapshot] {
        for _ in 0..<Self.mostDumps {
            if let sockets = try wholeDump(query) { return sockets }
        }
        throw .interrupted
    }

    /// The socket of a connection, or `nil` when the kernel knows none.
    ///
    /// Takes the same time however many sockets there are. A listener of the local port is no
    /// answer, nor is an open descriptor whose connection is over.
    public mutating func socket(
        of connection: ConnectionName
    ) throws(SocketDiagnosticsError) -> SocketSnapshot? {
        let sequence = try send(
            Self.byFamily, flags: NetlinkMessage.Flags.request, body: connection.encoded)
        while true {
            for message in try answers(to: sequence) {
                switch message.errorCode {
                case nil:
                    let found = try SocketSnapshot(kernel: message.body)
                    let isIt =
                        found.localPort == connection.local.port
                        && found.remotePort == connection.remote.port
                        && found.remoteAddress.unmapped == connection.remote.address.unmapped
                    return isIt ? found : nil
                case 2: return nil
                case let code?: throw .failed(.init(rawValue: code))
                }
            }
        }
    }

    /// Ends a connection at this end, whoever owns it, as `ss -K` does.
    ///
    /// A connection that is open sends a RST and its owner gets `ECONNABORTED`; TIME-WAIT and
    /// orphans go silently. Needs `CAP_NET_ADMIN` and a kernel with `CONFIG_INET_DIAG_DESTROY`.
    ///
    /// - Returns: whether there was something to end.
    @discardableResult
    public mutating func destroy(
        _ connection: ConnectionName
    ) throws(SocketDiagnosticsError) -> Bool {
        let flags = NetlinkMessage.Flags.request | NetlinkMessage.Flags.acknowledge
        let sequence = try send(Self.destroySocket, flags: flags, body: connection.encoded)
        while true {
            for message in try answers(to: sequence) {
                switch message.errorCode {
                case nil: continue
                case 0: return true
                case 2: return false
                case let code?: throw .failed(.init(rawValue: code))
                }
            }
        }
    }

    /// One dump; `nil` when the kernel says that the table changed under it.
    private mutating func wholeDump(
        _ query: SocketQuery
    ) throws(SocketDiagnosticsError) -> [SocketSnapshot]? {
        let flags = NetlinkMessage.Flags.request | NetlinkMessage.Flags.dump
        let sequence = try send(Self.byFamily, flags: flags, body: query.encoded)
        var sockets: [SocketSnapshot] = []
        var isWhole = true
        while true {
            for message in try answers(to: sequence) {
                if message.flags & NetlinkMessage.Flags.dumpInterrupted != 0 { isWhole = false }
                if message.type == NetlinkMessage.Control.done {
                    if let code = message.errorCode, code > 0 {
                        throw .failed(.init(rawValue: code))
                    }
                    return isWhole ? sockets : nil
                }
                if let code = message.errorCode { throw .failed(.init(rawValue: code)) }
                let found = try SocketSnapshot(kernel: message.body)
                if query.asksFor(found) { sockets.append(found) }
            }
        }
    }

    private mutating func send(
        _ type: UInt16, flags: UInt16, body: [UInt8]
    ) throws(SocketDiagnosticsError) -> UInt32 {
        lastSequence &+= 1
        try socket.send(
            NetlinkMessage(type: type, flags: flags, sequence: lastSequence, body: body).encoded)
        return lastSequence
    }

    /// The messages of the next datagram that belong to a request.
    ///
    /// What is left of a request that was given up is passed over.
    private func answers(
        to sequence: UInt32
    ) throws(SocketDiagnosticsError) -> [NetlinkMessage] {
        let messages = try NetlinkMessage.messages(in: try socket.receive())
        // An empty datagram would have us wait for ever.
        guard !messages.isEmpty else { throw .malformed("an empty datagram") }
        return messages.filter { $0.sequence == sequence }
    }
}
