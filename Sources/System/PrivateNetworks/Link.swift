// SPDX-License-Identifier: Apache-2.0

/// One end of the wire, seen from outside: what a namespace sends is read here, and what is written
/// here arrives there.
protocol Link: AnyObject {
    /// Becomes readable when the namespace has sent something.
    var descriptor: Int32 { get }
    /// The next IPv4 packet the namespace has sent, or `nil` when there is none.
    func receive() throws(PrivateNetworkError) -> [UInt8]?
    /// Has an IPv4 packet arrive in the namespace.
    func send(_ packet: [UInt8]) throws(PrivateNetworkError)
}

/// The way the wire is tied to a namespace.
package enum LinkKind: String, Sendable, CaseIterable {
    /// A TUN device: needs to be allowed to open `/dev/net/tun`.
    case tun
    /// A pair of virtual Ethernet devices, and packet(7) sockets on their outer ends.
    case packet
}

/// The two ends of the wire.
package enum WireEnd: String, Hashable, Sendable, CaseIterable {
    case a
    case b

    package var other: WireEnd {
        switch self {
        case .a: .b
        case .b: .a
        }
    }

    /// Addresses set aside for documentation (RFC 5737): no route of anybody leads there.
    package var address: UInt32 {
        switch self {
        case .a: 0xc000_0201
        case .b: 0xc000_0202
        }
    }
}

/// No segment of the lab is longer.
let longestPacket = 65_536

/// Names of interfaces inside the namespaces: nobody else is there.
let interfaceName = "wire"
