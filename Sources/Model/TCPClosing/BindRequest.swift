// SPDX-License-Identifier: Apache-2.0

/// What somebody asks of bind(2): an address, and the options the socket has by then.
public struct BindRequest: Hashable, Sendable {
    /// The address; its kind is the socket's family.
    public var address: InternetAddress
    /// The port, not 0.
    public var port: UInt16
    /// `IPV6_V6ONLY`; of no account with IPv4.
    ///
    /// One IPv6 address that is no mapped one has it set by bind(2) itself.
    public var isIPv6Only: Bool
    /// `SO_REUSEADDR`.
    public var reusesAddress: Bool
    /// `SO_REUSEPORT`.
    public var reusesPort: Bool
    /// The effective user id of who asks.
    public var userID: UInt32
    /// The index of the interface the socket is bound to (`SO_BINDTODEVICE`), or 0.
    public var interface: UInt32

    /// Makes a request; without more arguments, of root's socket without options.
    public init(
        _ address: InternetAddress, port: UInt16, isIPv6Only: Bool = false,
        reusesAddress: Bool = false, reusesPort: Bool = false, userID: UInt32 = 0,
        interface: UInt32 = 0
    ) {
        self.address = address
        self.port = port
        self.isIPv6Only = isIPv6Only
        self.reusesAddress = reusesAddress
        self.reusesPort = reusesPort
        self.userID = userID
        self.interface = interface
    }
}
