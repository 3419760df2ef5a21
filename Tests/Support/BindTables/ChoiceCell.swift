// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// One situation in which the port is the only one that the kernel may choose, or in which an old
/// connection had no timestamps: what `BindCell` does not ask.
package struct ChoiceCell: Hashable, Sendable, CustomStringConvertible {
    /// How the new socket comes by the port.
    package enum Chooser: String, Hashable, Sendable, CaseIterable {
        /// bind(2) with the port, then connect(2).
        case bind
        /// connect(2) alone.
        case connect
        /// bind(2) with port 0 and `IP_BIND_ADDRESS_NO_PORT`, then connect(2).
        case connectNoPort = "connect_no_port"
        /// bind(2) with port 0 alone.
        case bindPort0 = "bind_port0"
        /// The same with `ip_autobind_reuse=1`.
        case bindPort0Reuse = "bind_port0_reuse"
    }

    /// The existing socket and, for `bindPort0`, the new one's address and options.
    package var cell: BindCell
    package var chooser: Chooser
    package var hasTimestamps: Bool
    package var policy: TimeWaitReuse.Setting
    /// Whether the existing one is older than `tcp_tw_reuse_delay`.
    package var isOld: Bool
    /// Whether it goes to the destination of the existing connection.
    package var isSameDestination: Bool

    package var description: String {
        let reuse = "tw_reuse=\(policy.rawValue) \(isOld ? "old" : "young")"
        return "\(cell) \(chooser.rawValue) timestamps=\(hasTimestamps ? 1 : 0) \(reuse)"
            + (isSameDestination ? " same" : " other")
    }

    package static let all: [ChoiceCell] = connects + binds

    /// Every existing socket, with one choice of options.
    private static func existing(_ newAddress: (CellAddress) -> CellAddress) -> [BindCell] {
        CellOrigin.allCases.flatMap { origin in
            origin.states.flatMap { state in
                origin.addresses.map { address in
                    BindCell(
                        state: state, origin: origin, address: address, flags: .address,
                        users: .same, newAddress: newAddress(address), newFlags: .address)
                }
            }
        }
    }

    private static let connects: [ChoiceCell] = existing { address in
        switch address {
        case .v6: .v6
        case .v4, .otherV4, .anyV4, .loopbackV4, .anyDual, .anyV6Only, .mappedV4, .mappedAny: .v4
        }
    }
    .flatMap { cell in
        let isMini = cell.state.isMiniSocket
        let policies = isMini ? TimeWaitReuse.Setting.allCases : [.loopbackOnly]
        var cells: [ChoiceCell] = []
        for chooser in [Chooser.bind, .connect, .connectNoPort] {
            // A socket that shares with a listener cannot be bound.
            if chooser == .bind, cell.state == .listening { continue }
            for hasTimestamps in isMini ? [true, false] : [true] {
                for policy in policies {
                    for isOld in isMini ? [true, false] : [false] {
                        for isSame in [true, false] {
                            cells.append(
                                ChoiceCell(
                                    cell: cell, chooser: chooser, hasTimestamps: hasTimestamps,
                                    policy: policy, isOld: isOld, isSameDestination: isSame))
                        }
                    }
                }
            }
        }
        return cells
    }

    private static let binds: [ChoiceCell] = [Chooser.bindPort0, .bindPort0Reuse]
        .flatMap { chooser in
            BindCell.all.filter { $0.users == .same || $0.users == .other }
                .map {
                    ChoiceCell(
                        cell: $0, chooser: chooser, hasTimestamps: true, policy: .loopbackOnly,
                        isOld: false, isSameDestination: true)
                }
        }

    /// What BindRule says.
    package var answer: CellAnswer {
        var holder = cell.holder
        holder.hasTimestamps = hasTimestamps
        holder.age = isOld ? .milliseconds(5) : .zero
        let delay = isOld ? Duration.milliseconds(1) : .seconds(60)
        var request = cell.connect(port: isSameDestination ? 514 : 515)
        request.reuse = TimeWaitReuseSettings(policy, delay: delay)
        switch chooser {
        case .bind:
            return CellAnswer(BindRule.connect(request, from: holder.port, among: [holder]))
        case .connect, .connectNoPort:
            return CellAnswer(BindRule.connect(request, choosing: holder.port, among: [holder]))
        case .bindPort0, .bindPort0Reuse:
            return CellAnswer(
                BindRule.bind(
                    choosingPortOf: cell.request, among: [holder],
                    autobindReuse: chooser == .bindPort0Reuse))
        }
    }
}
