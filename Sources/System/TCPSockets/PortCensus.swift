// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SystemPackage
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
    static func take(of name: Destination) throws(Errno) -> PortCensus {
        let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let netlink = try systemCall { socket(AF_NETLINK, type, NETLINK_SOCK_DIAG) }
        defer { _ = close(netlink) }
        var request = Request(name)
        try systemCall { send(netlink, &request, MemoryLayout<Request>.size, 0) }
        var census = PortCensus()
        var buffer = [UInt8](repeating: 0, count: 32_768)
        while true {
            let count = try systemCall { recv(netlink, &buffer, buffer.count, 0) }
            switch buffer[..<count].withUnsafeBytes({ census.read($0, of: name) }) {
            case .more: continue
            case .last: return census
            case .failed(let error): throw error
            }
        }
    }

    private enum Reading {
        case more
        case last
        case failed(Errno)
    }

    /// Reads the messages of one datagram.
    private mutating func read(
        _ bytes: UnsafeRawBufferPointer, of name: Destination
    ) -> Reading {
        let headerLength = MemoryLayout<nlmsghdr>.size
        var start = 0
        while start + headerLength <= bytes.count {
            let header = bytes.loadUnaligned(fromByteOffset: start, as: nlmsghdr.self)
            let length = Int(header.nlmsg_len)
            guard length >= headerLength, start + length <= bytes.count else {
                return .failed(.badMessage)
            }
            switch Int32(header.nlmsg_type) {
            case NLMSG_DONE: return .last
            case NLMSG_ERROR:
                let code = bytes.loadUnaligned(fromByteOffset: start + headerLength, as: Int32.self)
                return .failed(Errno(rawValue: -code))
            case _:
                if length >= headerLength + MemoryLayout<inet_diag_msg>.size {
                    count(
                        bytes.loadUnaligned(
                            fromByteOffset: start + headerLength, as: inet_diag_msg.self),
                        of: name)
                }
            }
            // Messages begin at multiples of four (netlink(7)).
            start += (length + 3) & ~3
        }
        return .more
    }

    private mutating func count(_ socket: inet_diag_msg, of name: Destination) {
        guard UInt16(bigEndian: socket.id.idiag_sport) == name.port else { return }
        let address = InternetAddress(diagnosed: socket.id.idiag_src, family: socket.idiag_family)
        let cookie =
            UInt64(socket.id.idiag_cookie.1) << 32 | UInt64(socket.id.idiag_cookie.0)
        let isOurs = name.address.isWildcard || address.bits == name.address.bits
        switch Int(socket.idiag_state) {
        case Self.listen:
            if address.bits == name.address.bits { listeners[cookie] = socket.id.idiag_if }
        case Self.synReceived: if isOurs { handshakes.insert(cookie) }
        case _: if isOurs, socket.idiag_inode == 0 { unaccepted.insert(cookie) }
        }
    }

    // The numbers of the kernel's states (linux/tcp_states.h).
    private static let established = 1
    private static let synReceived = 3
    private static let closeWait = 8
    private static let listen = 10

    /// The question: all sockets at one local port, in the states that matter.
    private struct Request {
        var header = nlmsghdr()
        var question = inet_diag_req_v2()

        init(_ name: Destination) {
            header.nlmsg_len = UInt32(MemoryLayout<Request>.size)
            header.nlmsg_type = UInt16(SOCK_DIAG_BY_FAMILY)
            header.nlmsg_flags = UInt16(NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH)
            question.sdiag_family = UInt8(name.address.family)
            question.sdiag_protocol = UInt8(IPPROTO_TCP)
            question.idiag_states =
                1 << established | 1 << synReceived | 1 << closeWait | 1 << listen
            question.id.idiag_sport = name.port.bigEndian
        }
    }
}

extension InternetAddress {
    fileprivate init(diagnosed words: (UInt32, UInt32, UInt32, UInt32), family: UInt8) {
        self =
            switch Int32(family) {
            case AF_INET: .v4(UInt32(bigEndian: words.0))
            case _:
                .v6(
                    high: UInt64(UInt32(bigEndian: words.0)) << 32
                        | UInt64(UInt32(bigEndian: words.1)),
                    low: UInt64(UInt32(bigEndian: words.2)) << 32
                        | UInt64(UInt32(bigEndian: words.3)), zone: 0)
            }
    }

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
