// SPDX-License-Identifier: Apache-2.0

import SystemPackage
public import TCPClosing

/// A listening socket that is closed with the least loss, and says what was lost.
///
/// close(2) on a listener resets the connections that wait to be accepted and the handshakes whose
/// last ACK is on its way. This type stops new connections first, accepts what is under way, and
/// closes when nothing is left. Where another socket of this user listens on the same address and
/// port (`SO_REUSEPORT`), new connections are its business; with `net.ipv4.tcp_migrate_req` on, so
/// are those under way. `ListenerDrain` decides, `ListenerDrainRecord` tells what happened.
///
/// What works without privileges, measured on Linux 6.18: all of it but the SYN filter, which asks
/// for `CAP_NET_ADMIN`; a minimum TTL takes its place. `tcp_migrate_req` must have been set by an
/// administrator.
public struct DrainingListener: ~Copyable, Sendable {
    private let listener: TCPSocket

    /// Takes over a socket that listens.
    ///
    /// Nothing changes before `drain`; going out of scope without it is a plain close. No other
    /// descriptor of the socket may be left (dup(2), fork(2)), or it goes on listening.
    public init(_ listener: consuming TCPSocket) { self.listener = listener }

    /// Stops new connections, accepts those under way, and closes the socket.
    ///
    /// Returns as soon as nothing is under way, at the latest `limit` after the call, or when the
    /// task is cancelled. Handshakes are counted per address and port: other sockets that listen
    /// on this port with a more specific address can make it wait for theirs.
    ///
    /// - Parameters:
    ///   - limit: how long to wait for handshakes to end. A lost SYN-ACK is repeated after 1 s.
    ///   - clock: what to wait by.
    ///   - successorPosition: where the successor stands among the sockets that share the port, in
    ///     the order of their listen(2) calls, from 0: new connections then reach it at once.
    ///     Without, or with a wrong one, some reach it when their SYN is repeated, after 1 s.
    ///   - accepting: takes each connection.
    /// - Returns: what was done, and what was out of this end's power.
    public consuming func drain(
        within limit: Duration = .seconds(5), clock: some Clock<Duration> = ContinuousClock(),
        successorPosition: Int? = nil, accepting: (consuming Accepted) -> Void
    ) async -> ListenerDrainRecord {
        var draining = ListenerDraining(listener, successorPosition: successorPosition)
        let deadline = clock.now.advanced(by: limit)
        var pause = Duration.milliseconds(1)
        while draining.advance(accepting) {
            let instant = min(clock.now.advanced(by: pause), deadline)
            pause = min(pause * 2, .milliseconds(20))
            let wasCancelled = (try? await clock.sleep(until: instant, tolerance: nil)) == nil
            if wasCancelled || clock.now >= deadline {
                draining.deadlinePassed()
            } else {
                draining.momentPassed()
            }
        }
        return draining.close()
    }
}

/// Numbers under /proc/sys.
enum KernelSetting {
    /// The number, or `nil` when there is no such setting, or none that this user may read.
    static func number(_ name: String) -> Int? {
        guard
            let file = try? FileDescriptor.open(
                FilePath("/proc/sys/" + name), .readOnly, options: .closeOnExec)
        else { return nil }
        var digits = [UInt8](repeating: 0, count: 24)
        let read = try? file.closeAfter {
            try digits.withUnsafeMutableBytes { try file.read(into: $0) }
        }
        guard let read else { return nil }
        return Int(String(decoding: digits[..<read].prefix { $0 > 0x20 }, as: UTF8.self))
    }
}
