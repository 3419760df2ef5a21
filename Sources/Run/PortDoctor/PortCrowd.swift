// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
import TCPClosing

/// The sockets of a port, of which those that are alike to who wants to bind it are counted and not
/// kept: a busy server leaves tens of thousands in TIME-WAIT.
package struct PortCrowd: Sendable {
    /// What makes two alike; a socket with a descriptor is alike to none, while they are few.
    private struct Kind: Hashable {
        var state: SocketState
        var isMiniSocket: Bool
        var localAddress: InternetAddress
        var interface: UInt32
        var inode: UInt32
        var userID: UInt32
        var isIPv6Only: Bool?
        var hasRemote: Bool
    }

    /// A socket that stands for all that are alike: the one that stays longest.
    package struct Member: Hashable, Sendable {
        package var socket: SocketSnapshot
        package var count: Int
    }

    /// How many sockets with a descriptor are kept apart.
    private static let mostApart = 256

    package private(set) var members: [Member] = []
    private var places: [Kind: Int] = [:]
    private var last: (kind: Kind, place: Int)?

    package init() {}

    package mutating func add(_ socket: SocketSnapshot) {
        var kind = Kind(
            state: socket.state, isMiniSocket: socket.isMiniSocket,
            localAddress: socket.localAddress, interface: socket.interface, inode: socket.inode,
            userID: socket.userID, isIPv6Only: socket.isIPv6Only, hasRemote: socket.remotePort != 0)
        if socket.inode != 0, members.count >= Self.mostApart, places[kind] == nil {
            kind.inode = .max
        }
        // They come in long rows.
        if let last, last.kind == kind { return join(last.place, socket) }
        if let place = places[kind] {
            last = (kind, place)
            return join(place, socket)
        }
        places[kind] = members.count
        last = (kind, members.count)
        members.append(Member(socket: socket, count: 1))
    }

    private mutating func join(_ place: Int, _ socket: SocketSnapshot) {
        members[place].count += 1
        let time = socket.timer?.milliseconds ?? 0
        if time > members[place].socket.timer?.milliseconds ?? 0 { members[place].socket = socket }
    }
}
