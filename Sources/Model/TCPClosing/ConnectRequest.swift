// SPDX-License-Identifier: Apache-2.0

/// What somebody asks of connect(2).
public struct ConnectRequest: Hashable, Sendable {
    /// The local address that the connection will have: what the socket is bound to, or for a
    /// wildcard what the routing table chooses.
    public var source: InternetAddress
    /// Where it goes.
    public var destination: Destination
    /// The index of the interface the socket is bound to (`SO_BINDTODEVICE`), or 0.
    public var interface: UInt32
    /// What the kernel allows with TIME-WAIT.
    public var reuse: TimeWaitReuseSettings

    /// Makes a request.
    public init(
        from source: InternetAddress, to destination: Destination, interface: UInt32 = 0,
        reuse: TimeWaitReuseSettings = TimeWaitReuseSettings()
    ) {
        self.source = source
        self.destination = destination
        self.interface = interface
        self.reuse = reuse
    }
}
