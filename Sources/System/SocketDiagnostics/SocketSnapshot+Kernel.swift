// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// The layout of `struct inet_diag_msg` (`include/uapi/linux/inet_diag.h`):
///
///     0 family, state, timer, retrans          1 byte each
///     4 sport, dport                           2 bytes each, network order
///     8 src, 24 dst                            16 bytes each, network order; IPv4 uses the first 4
///     40 if                                    4 bytes
///     44 cookie                                8 bytes
///     52 expires, 56 rqueue, 60 wqueue, 64 uid, 68 inode
///     72 attributes                            length, type, value, padded to 4
extension SocketSnapshot {
    static let fixedLength = 72

    /// Reads an answer.
    ///
    /// - Throws: `malformed` when it is too short or says what no kernel does.
    package init(kernel body: [UInt8]) throws(SocketDiagnosticsError) {
        try self.init(kernel: body.span.bytes)
    }

    /// Reads an answer where it was received; allocates nothing.
    ///
    /// - Throws: `malformed` when it is too short or says what no kernel does.
    package init(kernel bytes: RawSpan) throws(SocketDiagnosticsError) {
        guard bytes.byteCount >= Self.fixedLength,
            let family = bytes.integer(UInt8.self, at: 0),
            let number = bytes.integer(UInt8.self, at: 1),
            let timerKind = bytes.integer(UInt8.self, at: 2),
            let retransmissions = bytes.integer(UInt8.self, at: 3),
            let localPort = bytes.networkInteger(UInt16.self, at: 4),
            let remotePort = bytes.networkInteger(UInt16.self, at: 6),
            let interface = bytes.integer(UInt32.self, at: 40),
            let cookie = bytes.integer(UInt64.self, at: 44),
            let expires = bytes.integer(UInt32.self, at: 52),
            let receiveQueue = bytes.integer(UInt32.self, at: 56),
            let sendQueue = bytes.integer(UInt32.self, at: 60),
            let userID = bytes.integer(UInt32.self, at: 64),
            let inode = bytes.integer(UInt32.self, at: 68)
        else { throw .malformed("an answer of \(bytes.byteCount) bytes, 72 are fixed") }
        guard let state = SocketState(rawValue: number) else {
            throw .malformed("state \(number)")
        }
        guard
            let localAddress = Self.address(in: bytes, at: 8, family: family, zone: interface),
            let remoteAddress = Self.address(in: bytes, at: 24, family: family, zone: interface)
        else { throw .malformed("address family \(family)") }
        self.state = state
        self.localAddress = localAddress
        self.localPort = localPort
        self.remoteAddress = remoteAddress
        self.remotePort = remotePort
        // 0 is no timer; kinds the kernel may add count as none.
        timer = SocketTimer.Kind(rawValue: timerKind)
            .map { SocketTimer(kind: $0, milliseconds: expires) }
        self.retransmissions = retransmissions
        self.userID = userID
        self.inode = inode
        self.receiveQueue = receiveQueue
        self.sendQueue = sendQueue
        self.interface = interface
        self.cookie = cookie
        isIPv6Only = nil
        mark = nil
        controlGroupID = nil
        try readAttributes(of: bytes)
    }

    private enum AttributeType {
        static let ipv6Only: UInt16 = 11
        static let mark: UInt16 = 15
        static let controlGroup: UInt16 = 21
    }

    private static func address(
        in bytes: RawSpan, at offset: Int, family: UInt8, zone: UInt32
    ) -> InternetAddress? {
        switch family {
        case KernelFamily.ipv4:
            return bytes.networkInteger(UInt32.self, at: offset).map(InternetAddress.v4)
        case KernelFamily.ipv6:
            guard let high = bytes.networkInteger(UInt64.self, at: offset),
                let low = bytes.networkInteger(UInt64.self, at: offset + 8)
            else { return nil }
            // Only link-local addresses (fe80::/10) need their interface to mean something.
            return .v6(high: high, low: low, zone: high >> 54 == 0xfe80 >> 6 ? zone : 0)
        case _: return nil
        }
    }

    /// Reads the attributes behind the fixed part; those it does not know are passed over.
    private mutating func readAttributes(of bytes: RawSpan) throws(SocketDiagnosticsError) {
        var start = Self.fixedLength
        while start < bytes.byteCount {
            guard let length = bytes.integer(UInt16.self, at: start),
                let type = bytes.integer(UInt16.self, at: start + 2),
                length >= 4, Int(length) <= bytes.byteCount - start
            else { throw .malformed("an attribute at byte \(start) of \(bytes.byteCount)") }
            let (value, size) = (start + 4, Int(length) - 4)
            switch type {
            case AttributeType.ipv6Only where size >= 1:
                isIPv6Only = bytes.integer(UInt8.self, at: value).map { $0 != 0 }
            case AttributeType.mark where size >= 4:
                mark = bytes.integer(UInt32.self, at: value)
            case AttributeType.controlGroup where size >= 8:
                controlGroupID = bytes.integer(UInt64.self, at: value)
            case _: break
            }
            start = (start + Int(length) + 3) & ~3
        }
    }
}

/// Address families as Linux numbers them.
enum KernelFamily {
    static let ipv4: UInt8 = 2
    static let ipv6: UInt8 = 10
}
