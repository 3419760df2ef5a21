// SPDX-License-Identifier: Apache-2.0

/// One host to reach: a name, and where the user said so, the remote user and the port.
public struct Host: Hashable, Sendable, CustomStringConvertible {
    /// The most bytes a remote user's name may have.
    public static let maximumUserLength = 255

    /// The name or address to reach.
    public let name: HostName
    /// The user on that host, or `nil` for the run's default.
    public let user: String?
    /// The TCP port, 1...65535, or `nil` for the transport's own.
    public let port: Int?

    /// Makes a host from parts that have been checked.
    ///
    /// - Precondition: `allowsUser(user)`, and the port is in 1...65535.
    public init(name: HostName, user: String? = nil, port: Int? = nil) {
        precondition(user.map(Host.allowsUser) ?? true, "a user name that could be misread")
        precondition(port.map { 1...65535 ~= $0 } ?? true, "a port is in 1...65535")
        self.init(checked: name, user: user, port: port)
    }

    init(checked name: HostName, user: String?, port: Int?) {
        self.name = name
        self.user = user
        self.port = port
    }

    /// Whether a text can be a remote user's name without being read as something else: not empty,
    /// no `-` in front, only ASCII letters, digits, `.`, `-`, `_` and `+`, at most 255 bytes.
    public static func allowsUser(_ text: String) -> Bool {
        let bytes = text.utf8
        return 1...maximumUserLength ~= bytes.count && bytes.first != UInt8(ascii: "-")
            && bytes.allSatisfy(\.isUserByte)
    }

    /// The host as a user writes it: `user@name:port`, IPv6 addresses with a port in brackets.
    public var description: String {
        var text = name.text
        if let port { text = (name.isIPv6Literal ? "[\(text)]" : text) + ":\(port)" }
        if let user { text = "\(user)@\(text)" }
        return text
    }
}
