// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
package import TCPClosing

/// All that an audit judges by: what one network namespace, its settings and proc(5) say.
package struct AuditFacts: Hashable, Sendable {
    /// The socket table: listeners, and sockets that are only bound; connections may be left out.
    package var sockets: [SocketSnapshot] = []
    /// Who has them, by inode.
    package var ownerships: [UInt32: SocketOwnership] = [:]
    /// Their options, by inode, where they could be read.
    package var options: [UInt32: SharingOptions] = [:]
    /// The control groups that sockets were made in, by number, where they could be found.
    package var controlGroups: [UInt64: ControlGroup] = [:]
    /// This machine's addresses.
    package var addresses: [LocalAddress] = []
    /// What `localhost` means here, the first choice first; empty when it is not known.
    package var localhost: [InternetAddress] = []
    /// `ip_unprivileged_port_start`: the ports below are for root (`CAP_NET_BIND_SERVICE`).
    package var firstUnprivilegedPort = 1024
    /// What the kernel chooses from by itself.
    package var settings = PortSettings()
    /// Names of users, where the system knows one.
    package var userNames: [UInt32: String] = [:]
    /// Whether the kernel shows sockets that are bound and do not listen (6.8 and later).
    package var showsBoundSockets = true
    /// Whether the reader is root, and sees all there is to see.
    package var isRoot = true

    package init() {}

    /// Reads `showsBoundSockets` from a kernel's release, `6.18.44` for one.
    package static func showsBoundSockets(_ release: some StringProtocol) -> Bool {
        let numbers = release.split(separator: ".").prefix(2)
            .map { Int($0.prefix(while: \.isNumber)) ?? 0 }
        return !numbers.lexicographicallyPrecedes([6, 8])
    }

    /// Whether any user may bind a port.
    func isForEverybody(_ port: UInt16) -> Bool { Int(port) >= firstUnprivilegedPort }

    /// Whether the kernel may give a port to an outgoing connection.
    func isAutomatic(_ port: UInt16) -> Bool {
        settings.automaticPorts.contains(port)
            && !settings.reservedPorts.contains { $0.contains(port) }
    }

    /// A user who owns nothing here, and is not root: whoever else has an account.
    var stranger: UInt32 {
        let users = Set(sockets.map(\.userID))
        var stranger: UInt32 = 65_534
        while users.contains(stranger) { stranger -= 1 }
        return stranger
    }

    /// A user as a person knows them.
    package func userName(_ user: UInt32) -> String { userNames[user] ?? "\(user)" }
}
