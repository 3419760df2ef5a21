// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// The local addresses of a table, as one word each.
package enum CellAddress: String, Hashable, Sendable, CaseIterable {
    case v4 = "v4:a1"
    case otherV4 = "v4:a2"
    case anyV4 = "v4:any"
    case loopbackV4 = "v4:lo"
    case anyDual = "v6:any-dual"
    case anyV6Only = "v6:any-only"
    case v6 = "v6:g1"
    case mappedV4 = "v6:mapped-a1"
    case mappedAny = "v6:mapped-any"

    /// The address: 192.0.2.1, 192.0.2.3 and 2001:db8::1 are set aside for documentation (RFC 5737,
    /// RFC 3849).
    package var address: InternetAddress {
        switch self {
        case .v4: .v4(0xc000_0201)
        case .otherV4: .v4(0xc000_0203)
        case .anyV4: .v4(0)
        case .loopbackV4: .v4(0x7f00_0001)
        case .anyDual, .anyV6Only: .v6(high: 0, low: 0, zone: 0)
        case .v6: .v6(high: 0x2001_0db8 << 32, low: 1, zone: 0)
        case .mappedV4: .v6(high: 0, low: 0xffff_c000_0201, zone: 0)
        case .mappedAny: .v6(high: 0, low: 0xffff_0000_0000, zone: 0)
        }
    }

    /// Whether a socket of IPv4 is meant.
    package var isIPv4Socket: Bool {
        switch self {
        case .v4, .otherV4, .anyV4, .loopbackV4: true
        case .anyDual, .anyV6Only, .v6, .mappedV4, .mappedAny: false
        }
    }

    /// Whether the socket's maker sets `IPV6_V6ONLY`.
    package var setsIPv6Only: Bool { self == .anyV6Only }

    /// The addresses in the order in which tables have them.
    package static let asked: [CellAddress] = allCases
    /// Those a socket is bound to that is not connected.
    package static let bound: [CellAddress] = [
        .v4, .anyV4, .anyDual, .anyV6Only, .v6, .mappedV4, .mappedAny,
    ]
}

/// How the existing socket of a cell came to be.
package enum CellOrigin: String, Hashable, Sendable, CaseIterable {
    /// bind(2), and listen(2) for LISTEN.
    case bound = "static"
    /// Accepted by a listener on the connection's address, which is closed by then.
    case server
    /// Accepted by a listener on `0.0.0.0` or `[::]`.
    case serverAny = "server_any"
    /// Accepted by a listener on `[::]` with `IPV6_V6ONLY`.
    case serverV6Only = "server_any_only"
    /// bind(2) to the connection's address and a port, then connect(2).
    case clientBound = "client_bound"
    /// bind(2) to `0.0.0.0` or `[::]` and a port, then connect(2).
    case clientBoundAny = "client_bound_any"
    /// bind(2) to `[::]` and a port with `IPV6_V6ONLY`, then connect(2).
    case clientBoundV6Only = "client_bound_any_only"
    /// bind(2) to the connection's address and port 0, then connect(2).
    case clientPort0 = "client_bound_port0"
    /// connect(2) alone.
    case clientAuto = "client_auto"
    /// connect(2) alone, on a socket with `IPV6_V6ONLY`.
    case clientAutoV6Only = "client_auto_only"

    /// How its socket came by its port.
    package var portOrigin: PortOrigin {
        switch self {
        case .bound, .clientBound, .clientBoundAny, .clientBoundV6Only: .explicit
        case .server, .serverAny, .serverV6Only: .accepted
        case .clientPort0: .chosenByBind
        case .clientAuto, .clientAutoV6Only: .chosenByConnect
        }
    }

    /// What its socket, or the listener, is bound to for a connection of an address; `nil` for
    /// nothing.
    package func bindAddress(for connection: CellAddress) -> CellAddress? {
        switch self {
        case .bound, .server, .clientBound, .clientPort0: connection
        case .serverAny, .clientBoundAny: connection.isIPv4Socket ? .anyV4 : .anyDual
        case .serverV6Only, .clientBoundV6Only: .anyV6Only
        case .clientAuto, .clientAutoV6Only: nil
        }
    }

    /// Whether it is accepted.
    package var isServer: Bool { portOrigin == .accepted }

    /// The local addresses it can have.
    package var addresses: [CellAddress] {
        switch self {
        case .bound: CellAddress.bound
        case .server, .serverAny, .clientBound, .clientBoundAny, .clientPort0, .clientAuto:
            [.v4, .v6, .mappedV4]
        case .serverV6Only, .clientBoundV6Only, .clientAutoV6Only: [.v6]
        }
    }

    /// The states it can be in.
    package var states: [PortHolderState] {
        switch self {
        case .bound: [.bound, .listening]
        case .server, .serverAny, .serverV6Only: [.handshake] + Self.afterwards
        case .clientBound, .clientBoundAny, .clientBoundV6Only, .clientPort0, .clientAuto,
            .clientAutoV6Only:
            [.synSent, .synReceived] + Self.afterwards
        }
    }

    private static let afterwards: [PortHolderState] = [
        .established, .finWait1, .finWait2, .finWait2Record, .closing, .timeWait, .closeWait,
        .lastAck, .deadDescriptor,
    ]
}

/// The options of a socket: none, `A` for `SO_REUSEADDR`, `P` for `SO_REUSEPORT`.
package enum CellFlags: String, Hashable, Sendable, CaseIterable {
    case none = "-"
    case address = "A"
    case port = "P"
    case both = "AP"

    package var reusesAddress: Bool { self == .address || self == .both }
    package var reusesPort: Bool { self == .port || self == .both }
}

/// Whose the existing socket is, and whose the new one.
package enum CellUsers: String, Hashable, Sendable, CaseIterable {
    /// Root's, both.
    case same
    /// Root's, and an ordinary user's.
    case other
    /// An ordinary user's, and root's.
    case otherRoot = "other_root"
    /// Two ordinary users'.
    case otherTwo = "other_two"

    package var old: UInt32 { self == .same || self == .other ? 0 : 1234 }

    package var new: UInt32 {
        switch self {
        case .same, .otherRoot: 0
        case .other: 1234
        case .otherTwo: 1235
        }
    }
}

/// The interface that a socket is bound to.
package enum CellInterface: String, Hashable, Sendable, CaseIterable {
    case none = "-"
    /// That of the remote hosts.
    case wire
    case loopback = "lo"

    /// An index; rules only compare them.
    package var index: UInt32 {
        switch self {
        case .none: 0
        case .wire: 2
        case .loopback: 1
        }
    }

    /// Pairs of which one at least is bound; connections come over the wire only.
    static func pairs(isConnection: Bool) -> [(CellInterface, CellInterface)] {
        allCases.filter { !isConnection || $0 != .loopback }
            .flatMap { old in allCases.map { (old, $0) } }
            .filter { $0 != (.none, .none) }
    }
}
