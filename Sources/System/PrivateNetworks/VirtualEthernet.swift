// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// One end of the wire without /dev/net/tun: a veth(4) pair, its inner end in a namespace, its
/// outer end where a packet(7) socket reads it.
final class VirtualEthernet: Link {
    private let packets: OwnedDescriptor
    private let interface: Int32
    private let station: [UInt8]

    /// Makes the pair from the outer namespace, which this thread is in.
    init(
        into inner: NetworkNamespace, for end: ConnectionEnd
    ) throws(PrivateNetworkError) {
        let name = "outer-\(end.rawValue)"
        // Locally administered addresses (IEEE 802 section 8.4).
        station = [2, 0, 0, 0, 0, end == .a ? 10 : 11]
        try Self.make(outer: name, inner: inner.number, station: station)
        let control = OwnedDescriptor(
            try systemCall("socket") { socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0) })
        let index = lastcall_interface_index(name)
        interface = index
        try systemCall("raise \(name)") { lastcall_raise_interface(control.number, name, 1) }
        packets = OwnedDescriptor(
            try systemCall("socket(AF_PACKET)") {
                lastcall_packet_socket(index)
            })
    }

    var descriptor: Int32 { packets.number }

    func receive() throws(PrivateNetworkError) -> [UInt8]? {
        while true {
            var count = 0
            var isOutgoing: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: longestPacket) { buffer, used in
                repeat {
                    count = lastcall_packet_receive(
                        descriptor, buffer.baseAddress, buffer.count, &isOutgoing)
                } while count < 0 && errno == EINTR
                used = max(count, 0)
            }
            if count < 0 {
                if errno == EAGAIN { return nil }
                throw PrivateNetworkError("read from the packet socket", .init(rawValue: errno))
            }
            if isOutgoing == 0 { return bytes }
        }
    }

    func send(_ packet: [UInt8]) throws(PrivateNetworkError) {
        try systemCall("write to the packet socket") {
            lastcall_packet_send(descriptor, interface, station, packet, packet.count)
        }
    }

    /// Asks rtnetlink(7) for the pair.
    private static func make(
        outer: String, inner: Int32, station: [UInt8]
    ) throws(PrivateNetworkError) {
        let newLink: UInt16 = 16
        var namespace: [UInt8] = []
        namespace.append(integer: inner)
        let peer =
            emptyInterface + attribute(Attribute.name, Array(interfaceName.utf8) + [0])
            + attribute(Attribute.address, station) + attribute(Attribute.namespace, namespace)
        let information =
            attribute(Attribute.kind, Array("veth".utf8))
            + attribute(Attribute.data, attribute(Attribute.peer, peer))
        let body =
            emptyInterface + attribute(Attribute.name, Array(outer.utf8) + [0])
            + attribute(Attribute.information, information)
        let flags =
            NetlinkMessage.Flags.request | NetlinkMessage.Flags.acknowledge
            | NetlinkMessage.Flags.create | NetlinkMessage.Flags.exclusive
        let request = NetlinkMessage(type: newLink, flags: flags, sequence: 1, body: body)
        do throws(SocketDiagnosticsError) {
            let socket = try KernelNetlinkSocket(.route)
            try socket.send(request.encoded)
            let answer = try NetlinkMessage.messages(in: try socket.receive()).first
            guard let code = answer?.errorCode else { throw .malformed("RTM_NEWLINK") }
            if code != 0 { throw .failed(.init(rawValue: code)) }
        } catch {
            throw PrivateNetworkError(error)
        }
    }

    /// `struct ifinfomsg`, all zeros: any family, any index, no flags.
    private static let emptyInterface = [UInt8](repeating: 0, count: 16)

    /// Attributes of a link, of its `IFLA_LINKINFO` and of veth's data (`linux/if_link.h`, `veth.h`).
    private enum Attribute {
        static let address: UInt16 = 1
        static let name: UInt16 = 3
        static let information: UInt16 = 18
        static let namespace: UInt16 = 28
        static let kind: UInt16 = 1
        static let data: UInt16 = 2
        static let peer: UInt16 = 1
    }

    private static func attribute(_ number: UInt16, _ value: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(integer: UInt16(4 + value.count))
        bytes.append(integer: number)
        bytes += value
        bytes.align()
        return bytes
    }
}
