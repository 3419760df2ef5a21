// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
package import SocketDiagnostics
import SystemPackage
package import TCPClosing

/// One network namespace whose neighbours do not exist: whoever has it plays every remote host.
///
/// What the namespace sends is read here, and what is written here arrives there before the call
/// returns, so a connection is in any state after a few calls and no wait. For a thread of its own,
/// like `PrivateNetworks`; nothing is left, whatever ends the process.
package final class PlayedNetwork {
    private let namespace: NetworkNamespace
    private let link: any Link
    private var diagnostics: SocketDiagnostics

    /// The addresses of this machine, two of either family.
    package enum Address {
        package static let v4 = InternetAddress.v4(0xc000_0201)
        package static let otherV4 = InternetAddress.v4(0xc000_0203)
        /// RFC 3849.
        package static let v6 = InternetAddress.v6(high: 0x2001_0db8 << 32, low: 1, zone: 0)
        package static let remoteV4 = InternetAddress.v4(0xc000_0202)
        package static let remoteV6 = InternetAddress.v6(high: 0x2001_0db8 << 32, low: 2, zone: 0)
    }

    /// The name of the interface behind which the remote hosts are.
    package static var interface: String { interfaceName }

    /// Its index.
    package let interfaceIndex: UInt32

    /// Makes the namespace and leaves this thread in it.
    ///
    /// - Parameter kind: how to tie it; `nil` for TUN where that is allowed, else packets.
    /// - Throws: what the kernel refused.
    package init(link kind: LinkKind? = nil) throws(PrivateNetworkError) {
        let outer = try NetworkNamespace.make()
        try? KernelSetting.set("ipv4.tcp_child_ehash_entries", to: "1024")
        namespace = try NetworkNamespace.make()
        // Nothing is sent but what is asked for, and nobody else can have its address.
        try KernelSetting.set("ipv6.conf.default.router_solicitations", to: "0")
        try KernelSetting.set("ipv6.conf.default.accept_dad", to: "0")
        link = try Self.link(kind, outer, namespace)
        try namespace.enter()
        interfaceIndex = UInt32(lastcall_interface_index(interfaceName))
        try Self.configure(kind: link is TUNDevice ? .tun : .packet)
        do throws(SocketDiagnosticsError) {
            diagnostics = try SocketDiagnostics()
        } catch {
            throw PrivateNetworkError(error)
        }
        try waitUntilItAnswers()
    }

    /// The kernel brings a veth(4) pair up in its own time, and drops what arrives before.
    ///
    /// It answers a segment of a connection that is not there with a RST, once it is ready.
    private func waitUntilItAnswers() throws(PrivateNetworkError) {
        for (local, remote) in [
            (Address.v4, Address.remoteV4), (Address.v6, Address.remoteV6),
        ] {
            var triesLeft = 200
            repeat {
                triesLeft -= 1
                guard triesLeft > 0 else {
                    throw PrivateNetworkError("reach \(local)", Errno(rawValue: ETIMEDOUT))
                }
                try send(
                    PlayedSegment(
                        from: Destination(address: remote, port: 1),
                        to: Destination(address: local, port: 1), sequence: 1, acknowledgement: 1,
                        flags: .ack, timestamp: nil, echo: 0))
            } while try receive(withinMilliseconds: 20) == nil
        }
        while try receive() != nil {}
    }

    private static func link(
        _ kind: LinkKind?, _ outer: NetworkNamespace, _ inner: NetworkNamespace
    ) throws(PrivateNetworkError) -> any Link {
        switch kind {
        case .tun: return try TUNDevice()
        case .packet:
            try outer.enter()
            return try VirtualEthernet(into: inner, for: .a)
        case nil:
            do throws(PrivateNetworkError) {
                return try link(.tun, outer, inner)
            } catch {
                return try link(.packet, outer, inner)
            }
        }
    }

    private static func configure(kind: LinkKind) throws(PrivateNetworkError) {
        let control = OwnedDescriptor(
            try systemCall("socket") { socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0) })
        try systemCall("raise lo") { lastcall_raise_interface(control.number, "lo", 0) }
        // An address of its own needs a name of its own in netdevice(7).
        for (name, address) in [(interfaceName, 0xc000_0201), ("\(interfaceName):1", 0xc000_0203)] {
            try systemCall("SIOCSIFADDR") {
                lastcall_set_interface_address(
                    control.number, name, UInt32(address), 0xffff_ff00)
            }
        }
        if kind == .packet {
            try systemCall("ETHTOOL_STXCSUM") {
                lastcall_compute_checksums(control.number, interfaceName)
            }
        }
        try systemCall("raise \(interfaceName)") {
            lastcall_raise_interface(control.number, interfaceName, 1)
        }
        try systemCall("SIOCSIFADDR") {
            lastcall_set_interface_address6(interfaceName, 0x2001_0db8 << 32, 1, 64)
        }
    }

    /// Takes this thread into the namespace.
    package func enter() throws(PrivateNetworkError) { try namespace.enter() }

    /// Changes a setting of the namespace, which this thread is in.
    package func set(_ setting: String, to value: String) throws(PrivateNetworkError) {
        try KernelSetting.set(setting, to: value)
    }

    /// The next TCP segment the namespace has sent; waits for it at most so long.
    ///
    /// - Returns: `nil` when there is none.
    package func receive(
        withinMilliseconds time: Int32 = 0
    ) throws(PrivateNetworkError) -> PlayedSegment? {
        while true {
            while let packet = try link.receive() {
                if let segment = PlayedSegment(packet) { return segment }
            }
            guard time > 0 else { return nil }
            var entry = pollfd(fd: link.descriptor, events: Int16(POLLIN), revents: 0)
            if try systemCall("poll", { poll(&entry, 1, time) }) == 0 { return nil }
        }
    }

    /// Lets time pass that the kernel's own clock has to count.
    package func pass(milliseconds: Int32) throws(PrivateNetworkError) {
        let end = ContinuousClock.now + .milliseconds(Int(milliseconds))
        while ContinuousClock.now < end {
            try systemCall("poll") { poll(nil, 0, milliseconds) }
        }
    }

    /// Has a segment arrive.
    package func send(_ segment: PlayedSegment) throws(PrivateNetworkError) {
        try link.send(segment.encoded)
    }

    /// What the kernel shows of a connection; `nil` when it knows none.
    package func snapshot(
        of connection: ConnectionName
    ) throws(PrivateNetworkError) -> SocketSnapshot? {
        do throws(SocketDiagnosticsError) {
            return try diagnostics.socket(of: connection)
        } catch {
            throw PrivateNetworkError(error)
        }
    }
}
