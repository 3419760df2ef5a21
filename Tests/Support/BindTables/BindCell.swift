// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// One situation of the bind table: a socket that is there, and what a new one asks for.
package struct BindCell: Hashable, Sendable, CustomStringConvertible {
    package var state: PortHolderState
    package var origin: CellOrigin
    /// The local address of the existing socket; of a connection, the one it uses.
    package var address: CellAddress
    package var flags: CellFlags
    package var users: CellUsers
    package var newAddress: CellAddress
    package var newFlags: CellFlags
    package var interface = CellInterface.none
    package var newInterface = CellInterface.none

    package init(
        state: PortHolderState, origin: CellOrigin, address: CellAddress, flags: CellFlags,
        users: CellUsers, newAddress: CellAddress, newFlags: CellFlags
    ) {
        self.state = state
        self.origin = origin
        self.address = address
        self.flags = flags
        self.users = users
        self.newAddress = newAddress
        self.newFlags = newFlags
    }

    /// Its words, in the order of a table's columns.
    package var words: [String] {
        [
            state.rawValue, origin.rawValue, address.rawValue, flags.rawValue, users.rawValue,
            newAddress.rawValue, newFlags.rawValue,
        ]
    }

    package var description: String {
        let interfaces = [interface, newInterface].map(\.rawValue)
        return (words + (interfaces == ["-", "-"] ? [] : interfaces)).joined(separator: " ")
    }

    /// Every cell there is: the full cross product, without what cannot be.
    package static let all: [BindCell] = {
        var cells: [BindCell] = []
        for origin in CellOrigin.allCases {
            for state in origin.states {
                for address in origin.addresses {
                    for flags in CellFlags.allCases {
                        for users in CellUsers.allCases {
                            for newAddress in CellAddress.asked {
                                for newFlags in CellFlags.allCases {
                                    cells.append(
                                        BindCell(
                                            state: state, origin: origin, address: address,
                                            flags: flags, users: users, newAddress: newAddress,
                                            newFlags: newFlags))
                                }
                            }
                        }
                    }
                }
            }
        }
        return cells
    }()

    /// The cells about `SO_BINDTODEVICE`: every existing socket that can be, with one choice of the
    /// rest.
    ///
    /// Connections are those of the interface behind which the remote hosts are.
    package static let withInterfaces: [BindCell] = CellOrigin.allCases.flatMap { origin in
        origin.states.flatMap { state in
            origin.addresses.flatMap { address in
                CellInterface.pairs(isConnection: origin != .bound)
                    .flatMap { old, new in
                        [(CellFlags.none, CellFlags.none), (.address, .address), (.port, .address)]
                            .map { flags, newFlags in
                                var cell = BindCell(
                                    state: state, origin: origin, address: address, flags: flags,
                                    users: .same, newAddress: address, newFlags: newFlags)
                                cell.interface = old
                                cell.newInterface = new
                                return cell
                            }
                    }
            }
        }
    }

    /// Whether a socket like the existing one can be.
    package var isPossible: Bool {
        origin.states.contains(state) && origin.addresses.contains(address)
    }

    /// Whether a connection from the new address is asked about: the remote hosts of a table are not
    /// reached from loopback.
    package var canConnect: Bool { newAddress != .loopbackV4 && newInterface != .loopback }

    /// Whether the new socket's connections are IPv6's.
    ///
    /// A dual one goes where the existing one went.
    package var connectsOverIPv6: Bool {
        switch newAddress {
        case .v4, .otherV4, .anyV4, .loopbackV4, .mappedV4, .mappedAny: false
        case .v6, .anyV6Only: true
        case .anyDual: address == .v6
        }
    }
}
