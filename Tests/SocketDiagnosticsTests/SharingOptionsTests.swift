// SPDX-License-Identifier: Apache-2.0

import Glibc
import SocketDiagnostics
import SystemPackage
import TCPClosing
import TCPSockets
import Testing

@Suite struct `The options of live sockets` {
    private static let loopback = InternetAddress.v4(0x7f00_0001)

    /// A socket of this process, as the table would lead to it.
    private static func owner(_ descriptor: Int32) throws -> (owner: SocketOwner, inode: UInt32) {
        var status = stat()
        try #require(fstat(descriptor, &status) == 0)
        let process = try #require(ProcessDescription(getpid()))
        return (
            SocketOwner(process: process, descriptor: descriptor), UInt32(status.st_ino)
        )
    }

    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func `are read from a copy of the descriptor`(address: Bool, port: Bool) throws {
        let socket = try TCPSocket(towards: Self.loopback)
        if address { try socket.setReuseAddress() }
        if port { try socket.setReusePort() }
        let (owner, inode) = try Self.owner(socket.descriptor)
        #expect(
            try SharingOptions(of: owner, inode: inode)
                == SharingOptions(reusesAddress: address, reusesPort: port))
        // The copy has gone.
        #expect(fcntl(socket.descriptor, F_GETFD) >= 0)
    }

    @Test func `are not those of another socket that has got the number`() throws {
        let socket = try TCPSocket(towards: Self.loopback)
        var (owner, inode) = try Self.owner(socket.descriptor)
        #expect(throws: Errno.badFileDescriptor) {
            try SharingOptions(of: owner, inode: inode &+ 1)
        }
        owner.descriptor = 1 << 20
        #expect(throws: Errno.badFileDescriptor) { try SharingOptions(of: owner, inode: inode) }
        owner.process.number = .max
        #expect(throws: Errno.noSuchProcess) { try SharingOptions(of: owner, inode: inode) }
    }

    @Test func `come with addresses of this machine`() {
        let addresses = LocalAddress.all()
        #expect(addresses.contains { $0.address == Self.loopback && $0.interface == 1 })
    }
}
