// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SystemPackage
import Threads

/// A network of our own in which one machine plays thousands: each address of a block is local.
///
/// There is nothing but this block and the loopback addresses, and no way in or out.
package final class LocalNetwork: Sendable {
    private let namespace: NetworkNamespace

    /// Makes the network and leaves this thread in it, which must be a thread of its own.
    ///
    /// Connections within it come from the address, in host byte order. All addresses of the block
    /// begin with as many of its bits as the prefix is long.
    package init(address: UInt32, prefixLength: Int) throws(PrivateNetworkError) {
        precondition((1...31).contains(prefixLength), "a block has 2 to 2^31 addresses")
        namespace = try NetworkNamespace.make()
        let control = OwnedDescriptor(
            try systemCall("socket") { socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0) })
        try systemCall("raise lo") { lastcall_raise_interface(control.number, "lo", 0) }
        // A second address of the loopback device; its whole block becomes local, as that of
        // 127.0.0.1 is (Linux fib_frontend.c, fib_add_ifaddr).
        let label = "lo:block"
        try systemCall("SIOCSIFADDR") {
            lastcall_set_interface_address(
                control.number, label, address, ~UInt32(0) << (32 - prefixLength))
        }
    }

    /// Makes the network on a thread of its own.
    package static func make(
        address: UInt32, prefixLength: Int
    ) async throws -> LocalNetwork {
        try await DetachedThread.run {
            Result<LocalNetwork, any Error> {
                try LocalNetwork(address: address, prefixLength: prefixLength)
            }
        }
        .get()
    }

    /// Makes something on a thread within the network, and leaves it there to work.
    ///
    /// Returns when it is made. The work has the thread for as long as it takes; what it throws
    /// ends the process, since nobody would hear of it.
    package func start<Worker>(
        _ make: @escaping @Sendable () throws -> Worker,
        work: @escaping @Sendable (Worker) throws -> Void
    ) async throws {
        let result: Result<Void, any Error> = await withCheckedContinuation { continuation in
            do throws(Errno) {
                try DetachedThread.start { [namespace] in
                    let worker: Worker
                    do {
                        try namespace.enter()
                        worker = try make()
                    } catch {
                        return continuation.resume(returning: .failure(error))
                    }
                    continuation.resume(returning: .success(()))
                    do {
                        try work(worker)
                    } catch {
                        fatalError("a server of the private network: \(error)")
                    }
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        try result.get()
    }

    /// Runs the body on a thread of its own within the network.
    package func run<Success: Sendable>(
        _ body: @escaping @Sendable () throws -> Success
    ) async throws -> Success {
        try await DetachedThread.run { [namespace] in
            Result<Success, any Error> {
                try namespace.enter()
                return try body()
            }
        }
        .get()
    }
}
