// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
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
        let name = try? listener.localName()
        let census = name.flatMap { try? PortCensus.take(of: $0) }
        var drain = ListenerDrain(
            ListenerDrain.Circumstances(
                sharesPort: census?.hasListener(beside: listener.cookie()) ?? false,
                migrates: KernelSetting.number("net/ipv4/tcp_migrate_req") == 1,
                successorPosition: successorPosition))
        var stop = ConnectionStop(listener)
        let dropsBefore = lastcall_dropped_segments(listener.descriptor)
        let mayUseCookies = listener.mayAnswerWithCookies(handshakes: census?.handshakes.count ?? 0)
        let deadline = clock.now.advanced(by: limit)
        var pause = Duration.milliseconds(1)
        // On a shared port, those that were under way when new ones had been stopped: handshakes
        // that appear later are the successor's.
        var awaited: Set<UInt64>?

        var actions = drain.begun()
        while let action = actions.first {
            actions.removeFirst()
            switch action {
            case .steer(let position):
                _ = lastcall_steer_reuseport(
                    listener.descriptor, UInt32(truncatingIfNeeded: position))
            case .stopDeferring:
                try? listener.setOption(Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, 0)
            case .stopNewConnections: actions += drain.stopped(by: stop.begin(listener))
            case .acceptAll:
                actions += drain.accepted(acceptAll(undoing: stop, accepting))
            case .countPending:
                let isShared = drain.circumstances.sharesPort
                let pending = name.flatMap { try? PortCensus.take(of: $0) }
                    .map { $0.underWay(besidesOthers: isShared) }
                if awaited == nil, isShared { awaited = pending }
                let left = pending.map { $0.intersection(awaited ?? $0) }
                actions += drain.counted(left?.count)
            case .wait:
                let instant = min(clock.now.advanced(by: pause), deadline)
                pause = min(pause * 2, .milliseconds(20))
                let wasCancelled = (try? await clock.sleep(until: instant, tolerance: nil)) == nil
                let isOver = wasCancelled || clock.now >= deadline
                actions += isOver ? drain.deadlinePassed() : drain.momentPassed()
            case .close: break
            }
        }
        var record =
            drain.record
            ?? ListenerDrainRecord(way: .drained(nil), acceptedWhileDraining: 0, cut: nil)
        let dropsNow = lastcall_dropped_segments(listener.descriptor)
        if record.way != .migrated, dropsBefore >= 0, dropsNow > dropsBefore {
            record.droppedSegments = Int(dropsNow - dropsBefore)
        }
        record.usedSYNCookies = record.way != .migrated && mayUseCookies
        return record
    }

    /// Accepts until nothing waits.
    ///
    /// A connection that cannot be accepted for want of a descriptor stays where it is, and counts
    /// as under way.
    private borrowing func acceptAll(
        undoing stop: ConnectionStop, _ accepting: (consuming Accepted) -> Void
    ) -> Int {
        var count = 0
        while true {
            do throws(Errno) {
                guard let accepted = try listener.accept() else { return count }
                stop.undo(on: accepted.socket)
                accepting(accepted)
                count += 1
            } catch {
                return count
            }
        }
    }
}

extension TCPSocket {
    /// What sock_diag(7) calls the socket; 0 where the kernel does not tell.
    fileprivate borrowing func cookie() -> UInt64 {
        var cookie: UInt64 = 0
        var length = socklen_t(MemoryLayout<UInt64>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0 ? cookie : 0
    }

    /// Whether SYNs may have been answered with cookies: `tcp_syncookies` says always, or the
    /// number of handshakes has reached the length of the queue (tcp(7)).
    fileprivate borrowing func mayAnswerWithCookies(handshakes: Int) -> Bool {
        switch KernelSetting.number("net/ipv4/tcp_syncookies") {
        case 2: return true
        case 1:
            var information = tcp_info()
            var length = socklen_t(MemoryLayout<tcp_info>.size)
            let result = getsockopt(
                descriptor, Int32(IPPROTO_TCP), TCP_INFO, &information, &length)
            // Of a listener this field is the length of its queue.
            return result == 0 && handshakes >= information.tcpi_sacked
        case _: return false
        }
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
