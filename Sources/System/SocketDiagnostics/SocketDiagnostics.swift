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
    private var buffer = NetlinkBuffer.make()

    /// The first form of the request, the only one that answers for both families at once: one walk
    /// through the kernel's table instead of two (`TCPDIAG_GETSOCK`).
    private static let bothFamilies: UInt16 = 18
    static let byFamily: UInt16 = 20
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
        try reduceSockets(matching: query, into: []) { $0.append($1) }
    }

    /// Sums up the sockets that match a query, one after the other in the kernel's order: for tables
    /// of hundreds of thousands, none of which is kept.
    ///
    /// Listeners come first, then what is bound only, then connections. When the table changed under
    /// the dump, it begins again with the initial value.
    public mutating func reduceSockets<Sum>(
        matching query: SocketQuery, into initial: Sum,
        _ add: (inout Sum, SocketSnapshot) -> Void
    ) throws(SocketDiagnosticsError) -> Sum {
        for _ in 0..<Self.mostDumps {
            var sum = initial
            if try wholeDump(query, { add(&sum, $0) }) { return sum }
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

    /// One dump; whether it is whole, and not one that the table changed under.
    private mutating func wholeDump(
        _ query: SocketQuery, _ add: (SocketSnapshot) -> Void
    ) throws(SocketDiagnosticsError) -> Bool {
        let flags = NetlinkMessage.Flags.request | NetlinkMessage.Flags.dump
        let type = query.family == nil ? Self.bothFamilies : Self.byFamily
        let sequence = try send(type, flags: flags, body: query.encoded)
        var isWhole = true
        while true {
            let datagram = try nextDatagram()
            var start = 0
            while start < datagram.count {
                let bytes = buffer.span.bytes.extracting(datagram)
                let place = try NetlinkPlace(in: bytes, at: start)
                start = place.next
                guard place.sequence == sequence else { continue }
                if place.flags & NetlinkMessage.Flags.dumpInterrupted != 0 { isWhole = false }
                if let code = place.errorCode(in: bytes), code > 0 {
                    throw .failed(.init(rawValue: code))
                }
                if place.type == NetlinkMessage.Control.done { return isWhole }
                guard place.type == Self.byFamily || place.type == Self.bothFamilies else {
                    throw .malformed("a message of type \(place.type) in a dump")
                }
                let found = try SocketSnapshot(kernel: bytes.extracting(place.body))
                if query.asksFor(found) { add(found) }
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

    /// Waits for the next datagram, and says where in the buffer it is.
    private mutating func nextDatagram() throws(SocketDiagnosticsError) -> Range<Int> {
        let length = try socket.receive(into: &buffer)
        // An empty datagram would have us wait for ever.
        guard length > 0 else { throw .malformed("an empty datagram") }
        return 0..<length
    }

    /// The messages of the next datagram that belong to a request.
    ///
    /// What is left of a request that was given up is passed over.
    private mutating func answers(
        to sequence: UInt32
    ) throws(SocketDiagnosticsError) -> [NetlinkMessage] {
        let datagram = try nextDatagram()
        return try NetlinkMessage.messages(in: Array(buffer[datagram]))
            .filter { $0.sequence == sequence }
    }
}
