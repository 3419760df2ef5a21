// SPDX-License-Identifier: Apache-2.0

/// Where a connection goes: the remote half of a four-tuple.
public struct Destination: Hashable, Sendable, CustomStringConvertible {
    /// The remote address.
    public var address: InternetAddress
    /// The remote port, 1...65535.
    public var port: UInt16

    /// Makes a destination.
    public init(address: InternetAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// `10.0.0.7:514` or `[fd20::7]:514`.
    public var description: String {
        switch address {
        case .v4: "\(address):\(port)"
        case .v6: "[\(address)]:\(port)"
        }
    }
}

/// What names a connection on this machine: a local port and a destination.
///
/// The local address is left out: sockets of a ledger are bound to the wildcard, so the kernel
/// chooses one address per destination.
public struct FourTuple: Hashable, Sendable {
    /// The local port, 1...65535.
    public var localPort: UInt16
    /// The remote half.
    public var destination: Destination

    /// Makes a four-tuple.
    public init(localPort: UInt16, destination: Destination) {
        self.localPort = localPort
        self.destination = destination
    }
}
