// SPDX-License-Identifier: Apache-2.0

/// One message of a netlink datagram: the header `nlmsghdr` and what follows it (netlink(7)).
package struct NetlinkMessage: Hashable, Sendable {
    /// What the body is; values below 16 are control messages.
    package var type: UInt16
    /// The bits of `Flags`.
    package var flags: UInt16
    /// Answers carry the number of their request.
    package var sequence: UInt32
    /// The port number of the receiving socket; 0 is the kernel.
    package var port: UInt32
    /// What follows the header.
    package var body: [UInt8]

    /// The control messages, by type.
    package enum Control {
        package static let error: UInt16 = 2
        package static let done: UInt16 = 3
    }

    /// The flags used here.
    package enum Flags {
        package static let request: UInt16 = 0x1
        package static let acknowledge: UInt16 = 0x4
        /// The table changed while it was dumped: the answers may not fit together.
        package static let dumpInterrupted: UInt16 = 0x10
        package static let dump: UInt16 = 0x300
        package static let create: UInt16 = 0x400
        package static let exclusive: UInt16 = 0x200
    }

    package static let headerLength = 16

    package init(type: UInt16, flags: UInt16, sequence: UInt32, port: UInt32 = 0, body: [UInt8]) {
        self.type = type
        self.flags = flags
        self.sequence = sequence
        self.port = port
        self.body = body
    }

    /// The message as the kernel reads it.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerLength + body.count)
        bytes.append(integer: UInt32(Self.headerLength + body.count))
        bytes.append(integer: type)
        bytes.append(integer: flags)
        bytes.append(integer: sequence)
        bytes.append(integer: port)
        bytes += body
        return bytes
    }

    /// The messages of a datagram.
    ///
    /// - Throws: `malformed` when a length does not fit into what is there.
    package static func messages(
        in datagram: [UInt8]
    ) throws(SocketDiagnosticsError) -> [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        var start = 0
        while start < datagram.count {
            let place = try NetlinkPlace(in: datagram.span.bytes, at: start)
            messages.append(
                NetlinkMessage(
                    type: place.type, flags: place.flags, sequence: place.sequence,
                    port: place.port, body: Array(datagram[place.body])))
            start = place.next
        }
        return messages
    }

    /// What an error message or the end of a dump says: 0 for success, or an errno.
    package var errorCode: Int32? {
        guard type == Control.error || type == Control.done else { return nil }
        return body.span.bytes.integer(Int32.self, at: 0).map { 0 &- $0 }
    }
}

/// A message where it was received: its header, and where its body lies in the datagram.
///
/// A dump of a hundred thousand sockets is read in place, without a copy of each.
struct NetlinkPlace: Hashable, Sendable {
    var type: UInt16
    var flags: UInt16
    var sequence: UInt32
    var port: UInt32
    /// Where the body is.
    var body: Range<Int>
    /// Where the next message begins.
    var next: Int

    /// Reads the header at an offset.
    ///
    /// - Throws: `malformed` when the length does not fit into what is there.
    init(in datagram: RawSpan, at start: Int) throws(SocketDiagnosticsError) {
        guard let length = datagram.integer(UInt32.self, at: start),
            let type = datagram.integer(UInt16.self, at: start + 4),
            let flags = datagram.integer(UInt16.self, at: start + 6),
            let sequence = datagram.integer(UInt32.self, at: start + 8),
            let port = datagram.integer(UInt32.self, at: start + 12),
            length >= NetlinkMessage.headerLength, length <= datagram.byteCount - start
        else {
            throw .malformed("a netlink header at byte \(start) of \(datagram.byteCount)")
        }
        self.type = type
        self.flags = flags
        self.sequence = sequence
        self.port = port
        let end = start + Int(length)
        body = start + NetlinkMessage.headerLength..<end
        // The last message may end without its padding.
        next = (end + 3) & ~3
    }

    /// What an error message or the end of a dump says: 0 for success, or an errno.
    func errorCode(in datagram: RawSpan) -> Int32? {
        guard type == NetlinkMessage.Control.error || type == NetlinkMessage.Control.done else {
            return nil
        }
        guard body.count >= 4 else { return nil }
        return datagram.integer(Int32.self, at: body.lowerBound).map { 0 &- $0 }
    }
}
