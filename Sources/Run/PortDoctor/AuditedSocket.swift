// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
package import TCPClosing

/// A listener, or a socket that is only bound, with what is known about it.
package struct AuditedSocket: Hashable, Sendable {
    package var socket: SocketSnapshot
    package var ownership: SocketOwnership
    /// The control group it was made in; visible to everybody, unlike its owner.
    package var controlGroup: ControlGroup?
    /// `SO_REUSEADDR` and `SO_REUSEPORT`, if they could be read.
    package var options: SharingOptions?
    /// Whether a listener has an address that overlaps its own, which only `SO_REUSEPORT` allows.
    package var isSharing = false

    package var isListening: Bool { socket.state == .listen }
    package var address: InternetAddress { socket.localAddress.unmapped }
    package var port: UInt16 { socket.localPort }
    package var place: Destination { Destination(address: address, port: port) }

    package var reusesAddress: Bool? { options?.reusesAddress }
    package var reusesPort: Bool? { options?.reusesPort ?? (isSharing ? true : nil) }

    package var owners: [SocketOwner] {
        switch ownership {
        case .owned(let owners): owners
        case .notVisible: []
        }
    }

    /// Whether systemd made it and keeps it, so that it stays open when the service restarts
    /// (systemd.socket(5)).
    ///
    /// The owner tells that, and also the control group, which an ordinary user sees too.
    package var isKeptBySystemd: Bool {
        if owners.contains(where: { $0.process.number == 1 || $0.process.name == "systemd" }) {
            return true
        }
        let path = controlGroup?.path ?? ""
        return path.hasSuffix("/init.scope") || path.hasSuffix(".socket")
    }

    /// What bind(2) sees of it.
    var holder: PortHolder {
        var holder = PortHolder(
            isListening ? .listening : .bound, origin: .explicit, at: socket.localAddress,
            port: port)
        holder.isIPv6Only = socket.isIPv6Only
        holder.reusesAddress = reusesAddress
        holder.reusesPort = reusesPort
        holder.userID = socket.userID
        holder.interface = socket.interface
        // Of no account here.
        holder.hasTimestamps = false
        holder.age = .zero
        return holder
    }

    /// What is left of it when it is closed: a connection that it had accepted.
    var remains: PortHolder {
        var holder = holder
        holder.state = .established
        holder.origin = .accepted
        return holder
    }

    /// The bind(2) that made it, asked by another user.
    func request(
        by user: UInt32, reusingAddress: Bool = false, reusingPort: Bool = false
    ) -> BindRequest {
        BindRequest(
            address, port: port, isIPv6Only: socket.isIPv6Only ?? false,
            reusesAddress: reusingAddress, reusesPort: reusingPort, userID: user,
            interface: socket.interface)
    }

    /// Whether two sockets cannot have their addresses at once unless they share them.
    func overlaps(_ other: AuditedSocket) -> Bool {
        var holder = other.holder
        (holder.reusesAddress, holder.reusesPort) = (false, false)
        return BindRule.bind(request(by: 0), among: [holder]) != .succeeds
    }

    /// Whether a connection to an address of this machine that arrives over an interface comes to it.
    func answers(at address: InternetAddress, over interface: UInt32) -> Bool {
        guard socket.interface == 0 || socket.interface == interface else { return false }
        switch (self.address, address.unmapped) {
        case (.v4(let own), .v4(let bits)): return own == 0 || own == bits
        case (.v6(let high, let low, zone: _), .v6(let otherHigh, let otherLow, zone: _)):
            return high == 0 && low == 0 || high == otherHigh && low == otherLow
        case (.v6, .v4): return self.address.isWildcard && socket.isIPv6Only != true
        case (.v4, .v6): return false
        }
    }
}
