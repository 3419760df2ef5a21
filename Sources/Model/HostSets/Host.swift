// SPDX-License-Identifier: Apache-2.0

/// One host to reach: a name, and where the user said so, the remote user and the port.
public struct Host: Hashable, Sendable, CustomStringConvertible {
    /// The name or address to reach.
    public let name: HostName
    /// The user on that host, or `nil` for the run's default.
    public let user: String?
    /// The TCP port, 1...65535, or `nil` for the transport's own.
    public let port: Int?

    /// Makes a host from parts that have been checked.
    public init(name: HostName, user: String? = nil, port: Int? = nil) {
        self.name = name
        self.user = user
        self.port = port
    }

    /// The host as a user writes it: `user@name:port`, IPv6 addresses with a port in brackets.
    public var description: String {
        var text = name.text
        if let port { text = (name.isIPv6Literal ? "[\(text)]" : text) + ":\(port)" }
        if let user { text = "\(user)@\(text)" }
        return text
    }
}
