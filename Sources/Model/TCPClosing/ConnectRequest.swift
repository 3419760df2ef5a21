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
    public var reuse: TimeWaitReuse

    /// Makes a request.
    public init(
        from source: InternetAddress, to destination: Destination, interface: UInt32 = 0,
        reuse: TimeWaitReuse = TimeWaitReuse()
    ) {
        self.source = source
        self.destination = destination
        self.interface = interface
        self.reuse = reuse
    }
}

/// When connect(2) may choose a port whose four-tuple is in TIME-WAIT (ip-sysctl).
public struct TimeWaitReuse: Hashable, Sendable {
    /// `net.ipv4.tcp_tw_reuse`.
    public enum Policy: UInt8, Hashable, Sendable, CaseIterable {
        /// Never.
        case never = 0
        /// Always.
        case always = 1
        /// Over loopback only; the default.
        case overLoopback = 2
    }

    /// `net.ipv4.tcp_tw_reuse`.
    public var policy: Policy
    /// `net.ipv4.tcp_tw_reuse_delay`: how old it must be at least.
    public var delay: Duration

    /// Makes a setting; without arguments, the kernel's default.
    public init(policy: Policy = .overLoopback, delay: Duration = .seconds(1)) {
        self.policy = policy
        self.delay = delay
    }

    /// Whether an old connection may be displaced, once it is old enough.
    ///
    /// What counts is a loopback address; a connection from one of this machine's other addresses to
    /// itself goes over loopback and does not count (measured).
    func isAllowed(with holder: PortHolder) -> Bool {
        switch policy {
        case .never: false
        case .always: true
        case .overLoopback:
            holder.localAddress.isLoopback || holder.remote?.address.isLoopback == true
        }
    }
}
