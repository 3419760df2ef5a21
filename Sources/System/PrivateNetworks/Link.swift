// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// One end of the wire, seen from outside: what a namespace sends is read here, and what is written
/// here arrives there.
protocol Link: AnyObject {
    /// Becomes readable when the namespace has sent something.
    var descriptor: Int32 { get }
    /// The next packet the namespace has sent, or `nil` when there is none.
    func receive() throws(PrivateNetworkError) -> [UInt8]?
    /// Has a packet arrive in the namespace.
    func send(_ packet: [UInt8]) throws(PrivateNetworkError)
}

/// The way the wire is tied to a namespace.
package enum LinkKind: String, Sendable, CaseIterable {
    /// A TUN device: needs to be allowed to open `/dev/net/tun`.
    case tun
    /// A pair of virtual Ethernet devices, and packet(7) sockets on their outer ends.
    case packet
}

/// The family of the addresses of both ends.
package enum NetworkFamily: String, Sendable, CaseIterable {
    case ipv4 = "IPv4"
    case ipv6 = "IPv6"

    /// The address of an end, one of those set aside for documentation (RFC 5737, RFC 3849): no
    /// route of anybody leads there.
    package func address(of end: ConnectionEnd) -> InternetAddress {
        let number: UInt32 =
            switch end {
            case .a: 1
            case .b: 2
            }
        switch self {
        case .ipv4: return .v4(0xc000_0200 + number)
        case .ipv6: return .v6(high: 0x2001_0db8_0000_0000, low: UInt64(number), zone: 0)
        }
    }

    /// Every address.
    package var wildcard: InternetAddress {
        switch self {
        case .ipv4: .v4(0)
        case .ipv6: .v6(high: 0, low: 0, zone: 0)
        }
    }
}

/// How two private networks are to be made.
package struct NetworkPlan: Hashable, Sendable {
    /// How the wire is tied; `nil` for TUN where that is allowed, else packets.
    package var link: LinkKind?
    /// What the ends speak.
    package var family: NetworkFamily

    package init(link: LinkKind? = nil, family: NetworkFamily = .ipv4) {
        self.link = link
        self.family = family
    }
}

/// No segment of the lab is longer.
let longestPacket = 65_536

/// Names of interfaces inside the namespaces: nobody else is there.
let interfaceName = "wire"
