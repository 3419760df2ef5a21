// SPDX-License-Identifier: Apache-2.0

import Console
import PortDoctor
import SocketDiagnostics
import TCPClosing

/// Looks at sockets, and at whose they are, in the network namespace this thread is in.
struct SocketSurvey {
    private var diagnostics: SocketDiagnostics

    init() throws(UsageError) {
        do throws(SocketDiagnosticsError) {
            diagnostics = try SocketDiagnostics()
        } catch {
            throw Self.fault(error)
        }
    }

    private static func fault(_ error: SocketDiagnosticsError) -> UsageError {
        UsageError("the kernel's socket table cannot be read: \(error)")
    }

    /// The sockets that match a query, without owners, and without the one whose
    /// inode is `own`.
    mutating func sightings(
        matching query: SocketQuery, without own: UInt32 = 0
    ) throws(UsageError) -> [PortSighting] {
        let crowd: PortCrowd
        do throws(SocketDiagnosticsError) {
            crowd = try diagnostics.reduceSockets(matching: query, into: PortCrowd()) {
                crowd, socket in
                if own == 0 || socket.inode != own { crowd.add(socket) }
            }
        } catch {
            throw Self.fault(error)
        }
        return crowd.members.map { PortSighting($0.socket, count: $0.count) }
    }

    /// All sockets that match a query.
    mutating func sockets(matching query: SocketQuery) throws(UsageError) -> [SocketSnapshot] {
        do throws(SocketDiagnosticsError) {
            return try diagnostics.sockets(matching: query)
        } catch {
            throw Self.fault(error)
        }
    }

    /// The other ends, on this machine, of connections whose end is up to them.
    mutating func counterparts(of sightings: [PortSighting]) -> [PortSighting] {
        sightings.prefix(16)
            .compactMap { sighting in
                guard let name = sighting.counterpartName else { return nil }
                let connection = ConnectionName(local: name.local, remote: name.remote)
                // It is an extra: what cannot be had is left out.
                let found = try? diagnostics.socket(of: connection)
                return found.map { PortSighting($0) }
            }
    }

    /// Looks at whose sockets these are, and what their descriptors tell of their options.
    ///
    /// The descriptors of all processes are looked at only when one of the sockets has one.
    static func identify(_ sightings: [PortSighting]) -> [PortSighting] {
        let owners = SocketOwners(of: sightings.map(\.socket))
        var upTime: Duration?
        if sightings.contains(where: { $0.socket.inode != 0 }) { upTime = Self.upTime }
        return sightings.map { sighting in
            let socket = sighting.socket
            let ownership = owners.ownership(of: socket)
            var identified = PortSighting(
                socket,
                ownership: PortSighting.Ownership(
                    ownership, of: socket, unit: unit(of: socket, ownership),
                    userName: userName, upTime: upTime),
                options: options(of: sighting, ownership), count: sighting.count)
            if socket.isIPv6Only == nil, let isIPv6Only = isIPv6Only(sighting, ownership) {
                identified.holder.isIPv6Only = isIPv6Only
            }
            return identified
        }
    }

    private static func userName(_ user: UInt32) -> String {
        UserNames.name(of: user) ?? "\(user)"
    }

    /// Of a socket whose owner is hidden, where it was made.
    private static func unit(of socket: SocketSnapshot, _ ownership: SocketOwnership) -> String? {
        guard case .notVisible = ownership, socket.inode != 0, let number = socket.controlGroupID
        else { return nil }
        return ControlGroup(number: number).flatMap(PortOwner.unit)
    }

    private static func options(
        of sighting: PortSighting, _ ownership: SocketOwnership
    ) -> SharingOptions? {
        firstOwner(of: sighting, ownership) { owner, inode in
            try? SharingOptions(of: owner, inode: inode)
        }
    }

    private static func isIPv6Only(
        _ sighting: PortSighting, _ ownership: SocketOwnership
    ) -> Bool? {
        firstOwner(of: sighting, ownership) { owner, inode in
            (try? IPv6OnlyOption.value(of: owner, inode: inode)) ?? nil
        }
    }

    /// What the first of the owners tells; what one socket has says nothing of those it stands for.
    private static func firstOwner<Option>(
        of sighting: PortSighting, _ ownership: SocketOwnership,
        _ tell: (SocketOwner, UInt32) -> Option?
    ) -> Option? {
        guard case .owned(let owners) = ownership, sighting.count == 1 else { return nil }
        for owner in owners {
            if let option = tell(owner, sighting.socket.inode) { return option }
        }
        return nil
    }

    /// How long ago the machine was started (proc(5)).
    private static var upTime: Duration? {
        let text = PortSurvey.text("/proc/uptime")
        let seconds = text?.split(separator: " ").first.flatMap { Double($0) }
        return seconds.map { .seconds($0) }
    }
}
