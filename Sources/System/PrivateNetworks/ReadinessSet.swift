// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SystemPackage

/// The sockets that one thread waits for (epoll(7)).
///
/// For loops without tasks; `EventLoop` of `TCPSockets` is for those with.
package final class ReadinessSet {
    private let set: OwnedDescriptor
    private var events = [epoll_event](repeating: epoll_event(), count: 512)

    package init() throws(PrivateNetworkError) {
        set = OwnedDescriptor(
            try systemCall("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    }

    /// Waits for connections of a listener from now on.
    package func add(listener: BareSocket, token: UInt64) throws(PrivateNetworkError) {
        try add(listener.number, lastcall_epoll_in, token)
    }

    /// Waits for each change of a connection from now on, until its descriptor is closed.
    ///
    /// Edge-triggered: after each the caller reads and writes until the kernel has no more.
    package func add(connection: Int32, token: UInt64) throws(PrivateNetworkError) {
        let all =
            lastcall_epoll_in | lastcall_epoll_out | lastcall_epoll_gone | lastcall_epoll_edge
        try add(connection, all, token)
    }

    private func add(
        _ descriptor: Int32, _ bits: UInt32, _ token: UInt64
    ) throws(PrivateNetworkError) {
        try systemCall("epoll_ctl") {
            lastcall_epoll_add(set.number, descriptor, bits, token)
        }
    }

    /// Waits until something is ready, and hands over its tokens; at most until the deadline.
    package func wait(
        until deadline: ContinuousClock.Instant?, _ ready: (UInt64) -> Void
    ) throws(PrivateNetworkError) {
        var milliseconds: Int32 = -1
        if let deadline {
            let left = max(.zero, deadline - .now) / .milliseconds(1)
            milliseconds = Int32(min(left.rounded(.up), 1_000_000))
        }
        let count = try systemCall("epoll_wait") {
            epoll_wait(set.number, &events, Int32(events.count), milliseconds)
        }
        for index in 0..<count { ready(lastcall_epoll_token(events, index)) }
    }
}
