// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SystemPackage

/// Waits until the kernel tells that a socket of a local port has ended.
///
/// The kernel multicasts it (sock_diag(7), the groups of destroyed TCP sockets), to unprivileged
/// processes too: of sockets with and without a connection, also when a mini-socket takes over;
/// never of the end of TIME-WAIT, which a timer tells.
public final class SocketEndings {
    private let descriptor: Int32

    private enum Group {
        static let all: [Int32] = [1, 3]  // SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY
        static let join: Int32 = 1  // NETLINK_ADD_MEMBERSHIP
        static let level: Int32 = 270  // SOL_NETLINK
    }

    /// Begins to listen, in the network namespace this thread is in.
    public init() throws(SocketDiagnosticsError) {
        let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = socket(AF_NETLINK, type, KernelNetlinkSocket.Family.socketDiagnostics.rawValue)
        guard descriptor >= 0 else { throw .failed(Errno(rawValue: errno)) }
        try name()
        for group in Group.all {
            var group = group
            let size = socklen_t(MemoryLayout<Int32>.size)
            guard setsockopt(descriptor, Group.level, Group.join, &group, size) == 0 else {
                throw .failed(Errno(rawValue: errno))
            }
        }
    }

    /// Gives the socket a number of its own: the kernel tells nothing to those that have its own, 0.
    private func name() throws(SocketDiagnosticsError) {
        var form = sockaddr_nl()
        form.nl_family = sa_family_t(AF_NETLINK)
        let size = socklen_t(MemoryLayout<sockaddr_nl>.size)
        let isNamed = withUnsafePointer(to: &form) { form in
            form.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0
            }
        }
        guard isNamed else { throw .failed(Errno(rawValue: errno)) }
    }

    deinit { _ = close(descriptor) }

    /// Waits until a socket of the port has ended, at most so long.
    ///
    /// Returns early when events were lost, because there were too many.
    public func wait(forPort port: UInt16, atMost limit: Duration) {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while true {
            let left = max(.zero, end - clock.now)
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Rounded up, so that nothing is due when poll(2) says that it is.
            let milliseconds = Int32(clamping: Int64(left / .milliseconds(1)) + 1)
            let count = poll(&entry, 1, milliseconds)
            if count == 0 || count < 0 && errno != EINTR { return }
            if count > 0, drain(forPort: port) { return }
        }
    }

    /// Reads what is there; whether some of it is about the port, or lost.
    private func drain(forPort port: UInt16) -> Bool {
        var isAboutPort = false
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0 { return isAboutPort || errno == ENOBUFS }
            guard let messages = try? NetlinkMessage.messages(in: Array(buffer[..<count])) else {
                return true
            }
            for message in messages where message.body.count >= 6 {
                let bytes = message.body.span.bytes
                if bytes.networkInteger(UInt16.self, at: 4) == port { isAboutPort = true }
            }
        }
    }
}
