// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
package import SocketDiagnostics
import SystemPackage
package import TCPClosing

/// Two network namespaces of our own with a wire between them.
///
/// Belongs to the thread that made it, which goes from one namespace into another and must be a
/// thread of its own. Nothing outside is touched, and nothing is left: the kernel takes namespaces,
/// devices and connections away when the descriptors go, also when the process is killed.
package final class PrivateNetworks {
    private let a: NetworkNamespace
    private let b: NetworkNamespace
    private var aDiagnostics: SocketDiagnostics
    private var bDiagnostics: SocketDiagnostics

    /// The wire.
    package let wire: Wire
    /// How the wire is tied to the namespaces.
    package let linkKind: LinkKind
    /// What the ends speak.
    package let family: NetworkFamily

    /// Buckets of each namespace's own table of connections: small, so that a look at all of them
    /// is quick.
    private static let buckets = "1024"
    /// Retransmissions of connections that were left behind wait in the device's queue.
    private static let queueLength: Int32 = 20_000

    /// Makes both namespaces and the wire, and leaves this thread in one of them.
    ///
    /// - Parameter plan: how.
    /// - Throws: what the kernel refused; `isPermission` when more rights would have helped.
    package init(_ plan: NetworkPlan = NetworkPlan()) throws(PrivateNetworkError) {
        family = plan.family
        // The size of the table is set one namespace further out; kernels before 6.1 know no
        // tables of their own.
        let outer = try NetworkNamespace.make()
        try? KernelSetting.set("ipv4.tcp_child_ehash_entries", to: Self.buckets)
        a = try NetworkNamespace.make()
        try outer.enter()
        b = try NetworkNamespace.make()
        let (links, used) = try Self.links(plan, outer: outer, a: a, b: b)
        linkKind = used
        wire = Wire(a: links.a, b: links.b)
        try a.enter()
        aDiagnostics = try Self.diagnostics()
        try Self.configure(.a, used, family)
        try b.enter()
        bDiagnostics = try Self.diagnostics()
        try Self.configure(.b, used, family)
    }

    private typealias Links = (a: any Link, b: any Link)

    private static func links(
        _ plan: NetworkPlan, outer: NetworkNamespace, a: NetworkNamespace, b: NetworkNamespace
    ) throws(PrivateNetworkError) -> (Links, LinkKind) {
        for namespace in [a, b] {
            try namespace.enter()
            try prepare(plan.family)
        }
        try outer.enter()
        try prepare(.ipv4)
        switch plan.link {
        case .tun: return (try tunLinks(a, b), .tun)
        case .packet: return (try packetLinks(outer, a, b), .packet)
        case nil:
            do throws(PrivateNetworkError) {
                return (try tunLinks(a, b), .tun)
            } catch {
                return (try packetLinks(outer, a, b), .packet)
            }
        }
    }

    private static func tunLinks(
        _ a: NetworkNamespace, _ b: NetworkNamespace
    ) throws(PrivateNetworkError) -> Links {
        try a.enter()
        let atA = try TUNDevice()
        try b.enter()
        return (atA, try TUNDevice())
    }

    private static func packetLinks(
        _ outer: NetworkNamespace, _ a: NetworkNamespace, _ b: NetworkNamespace
    ) throws(PrivateNetworkError) -> Links {
        try outer.enter()
        return (
            try VirtualEthernet(into: a, for: .a),
            try VirtualEthernet(into: b, for: .b)
        )
    }

    /// Keeps the kernel's own IPv6 packets off the wire, or has it speak IPv6 and nothing besides; a
    /// kernel without IPv6 has none.
    private static func prepare(_ family: NetworkFamily) throws(PrivateNetworkError) {
        let settings =
            switch family {
            case .ipv4: ["default.disable_ipv6": "1"]
            // Addresses at once, and only ours.
            case .ipv6:
                [
                    "all.disable_ipv6": "0", "default.disable_ipv6": "0", "lo.disable_ipv6": "0",
                    "default.accept_dad": "0", "default.addr_gen_mode": "1",
                    "default.router_solicitations": "0",
                ]
            }
        for (name, value) in settings {
            guard KernelSetting.value(of: "ipv6.conf.\(name)") != nil else {
                if family == .ipv4 { continue }
                throw PrivateNetworkError("IPv6 in this kernel", .addressFamilyNotSupported)
            }
            try KernelSetting.set("ipv6.conf.\(name)", to: value)
        }
    }

    private static func diagnostics() throws(PrivateNetworkError) -> SocketDiagnostics {
        do throws(SocketDiagnosticsError) {
            return try SocketDiagnostics()
        } catch {
            throw PrivateNetworkError(error)
        }
    }

    /// Gives the device of this thread's namespace its address and raises it, and loopback.
    private static func configure(
        _ end: ConnectionEnd, _ kind: LinkKind, _ family: NetworkFamily
    ) throws(PrivateNetworkError) {
        let control = OwnedDescriptor(
            try systemCall("socket") { socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0) })
        let name = interfaceName
        try systemCall("raise lo") { lastcall_raise_interface(control.number, "lo", 0) }
        // Needs rights outside of a user namespace; without it, less can be forgotten.
        _ = lastcall_set_interface_queue(control.number, name, queueLength)
        switch kind {
        case .tun: break
        case .packet:
            try systemCall("ETHTOOL_STXCSUM") { lastcall_compute_checksums(control.number, name) }
        }
        try systemCall("raise \(name)") { lastcall_raise_interface(control.number, name, 1) }
        try systemCall("SIOCSIFADDR") {
            switch family.address(of: end) {
            case .v4(let bits):
                lastcall_set_interface_address(control.number, name, bits, 0xffff_ff00)
            case .v6(let high, let low, zone: _):
                lastcall_set_interface_address6(name, high, low, 64)
            }
        }
        try awaitAddress(family.address(of: end))
    }

    /// Waits until packets to an address arrive: in a thread of its own the kernel looks for others
    /// that have an IPv6 address, even where it does not look at all, and makes the route afterwards.
    private static func awaitAddress(_ address: InternetAddress) throws(PrivateNetworkError) {
        switch address {
        case .v4: return
        case .v6(let high, let low, zone: _):
            let host = hexadecimal(high) + hexadecimal(low) + " 80 "
            let deadline = ContinuousClock.now + .seconds(30)
            while !("\n" + NetworkFile.text("ipv6_route")).contains("\n" + host) {
                guard ContinuousClock.now < deadline else {
                    throw PrivateNetworkError("wait for an IPv6 address", .timedOut)
                }
                _ = poll(nil, 0, 1)
            }
        }
    }

    private static func hexadecimal(_ bits: UInt64) -> String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Takes this thread into an end's network: what it opens from then on belongs there.
    package func enter(_ end: ConnectionEnd) throws(PrivateNetworkError) {
        switch end {
        case .a: try a.enter()
        case .b: try b.enter()
        }
    }

    /// The address of an end.
    package func address(of end: ConnectionEnd) -> InternetAddress { family.address(of: end) }

    /// Makes a socket at an end.
    package func makeSocket(at end: ConnectionEnd) throws(PrivateNetworkError) -> LabSocket {
        try enter(end)
        return try LabSocket(family)
    }

    /// Changes a setting of an end's namespace, `ipv4.tcp_fin_timeout` for one.
    package func set(
        _ setting: String, to value: String, at end: ConnectionEnd
    ) throws(PrivateNetworkError) {
        try enter(end)
        try KernelSetting.set(setting, to: value)
    }

    /// A setting of an end's namespace; `nil` when this kernel has none of that name.
    package func setting(
        _ name: String, at end: ConnectionEnd
    ) throws(PrivateNetworkError) -> String? {
        try enter(end)
        return KernelSetting.value(of: name)
    }

    /// What an end's kernel has counted under a name of `TcpExt`, `TCPTimeWaitOverflow` for one;
    /// `nil` when it counts nothing of that name (proc(5), /proc/net/netstat).
    package func counter(
        _ name: String, at end: ConnectionEnd
    ) throws(PrivateNetworkError) -> Int? {
        try enter(end)
        return KernelCounter.value(of: name)
    }

    /// What an end's kernel shows of a connection; `nil` when it knows none.
    package func snapshot(
        of connection: ConnectionName, at end: ConnectionEnd
    ) throws(PrivateNetworkError) -> SocketSnapshot? {
        try ask(end) { table throws(SocketDiagnosticsError) in try table.socket(of: connection) }
    }

    /// The sockets of an end that match a query.
    package func sockets(
        matching query: SocketQuery, at end: ConnectionEnd
    ) throws(PrivateNetworkError) -> [SocketSnapshot] {
        try ask(end) { table throws(SocketDiagnosticsError) in
            try table.sockets(matching: query)
        }
    }

    /// Ends a connection at an end, as `ss -K` does; see `SocketDiagnostics.destroy(_:)`.
    @discardableResult
    package func destroy(
        _ connection: ConnectionName, at end: ConnectionEnd
    ) throws(PrivateNetworkError) -> Bool {
        try ask(end) { table throws(SocketDiagnosticsError) in try table.destroy(connection) }
    }

    private func ask<Result>(
        _ end: ConnectionEnd,
        _ body: (inout SocketDiagnostics) throws(SocketDiagnosticsError) -> Result
    ) throws(PrivateNetworkError) -> Result {
        do throws(SocketDiagnosticsError) {
            switch end {
            case .a: return try body(&aDiagnostics)
            case .b: return try body(&bDiagnostics)
            }
        } catch {
            throw PrivateNetworkError(error)
        }
    }
}

extension PrivateNetworkError {
    init(_ error: SocketDiagnosticsError) {
        switch error {
        case .failed(let code): self.init("sock_diag", code)
        case .malformed, .truncated, .interrupted:
            self.init("\(error)", Errno(rawValue: EBADMSG))
        }
    }
}
