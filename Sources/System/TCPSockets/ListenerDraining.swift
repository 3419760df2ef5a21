// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SocketDiagnostics
package import SystemPackage
package import TCPClosing

/// A listener that is being drained: carries out what `ListenerDrain` says, and waits for nothing.
///
/// `DrainingListener` waits by a clock; the lab moves its wire meanwhile.
package struct ListenerDraining: ~Copyable {
    private let listener: TCPSocket
    private let name: Destination?
    private var drain: ListenerDrain
    private var stop: ConnectionStop
    private let dropsBefore: Int64
    private let mayUseCookies: Bool
    /// On a shared port, those that were under way when new ones had been stopped: handshakes
    /// that appear later are the successor's.
    private var awaited: Set<UInt64>?
    private var actions: [ListenerDrain.Action]

    /// Begins with a socket that listens; nothing changes before `advance`.
    ///
    /// For the successor's position see `DrainingListener`.
    package init(_ listener: consuming TCPSocket, successorPosition: Int?) {
        let name = try? listener.localName()
        let census = name.flatMap { try? PortCensus.take(of: $0) }
        drain = ListenerDrain(
            ListenerDrain.Circumstances(
                sharesPort: census?.hasListener(beside: listener.cookie()) ?? false,
                migrates: KernelSetting.number("net/ipv4/tcp_migrate_req") == 1,
                successorPosition: successorPosition))
        stop = ConnectionStop(listener)
        dropsBefore = lastcall_dropped_segments(listener.descriptor)
        mayUseCookies = listener.mayAnswerWithCookies(handshakes: census?.handshakes.count ?? 0)
        actions = drain.begun()
        self.name = name
        self.listener = listener
    }

    /// Goes on until something has to be waited for, or the socket may be closed.
    ///
    /// - Parameter accepting: takes each connection.
    /// - Returns: whether there is something to wait for; tell what came of it.
    package mutating func advance(_ accepting: (consuming Accepted) -> Void) -> Bool {
        while let action = actions.first {
            actions.removeFirst()
            switch action {
            case .steer(let position):
                _ = lastcall_steer_reuseport(
                    listener.descriptor, UInt32(truncatingIfNeeded: position))
            case .stopDeferring:
                try? listener.setOption(Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, 0)
            case .stopNewConnections: actions += drain.stopped(by: stop.begin(listener))
            case .acceptAll: actions += drain.accepted(acceptAll(accepting))
            case .countPending: actions += drain.counted(countPending())
            case .wait: return true
            case .close: return false
            }
        }
        return false
    }

    /// Something may have changed.
    package mutating func momentPassed() { actions += drain.momentPassed() }

    /// No more waiting.
    package mutating func deadlinePassed() { actions += drain.deadlinePassed() }

    /// Closes the socket; what is under way is cut off, unless `advance` has seen to it.
    package consuming func close() -> ListenerDrainRecord {
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

    private mutating func countPending() -> Int? {
        let isShared = drain.circumstances.sharesPort
        let pending = name.flatMap { try? PortCensus.take(of: $0) }
            .map { $0.underWay(besidesOthers: isShared) }
        if awaited == nil, isShared { awaited = pending }
        return pending.map { $0.intersection(awaited ?? $0).count }
    }

    /// Accepts until nothing waits.
    ///
    /// A connection that cannot be accepted for want of a descriptor stays where it is, and counts
    /// as under way.
    private borrowing func acceptAll(_ accepting: (consuming Accepted) -> Void) -> Int {
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

    /// Lets no filter be put on the socket any more, as where `CAP_NET_ADMIN` is missing
    /// (`SO_LOCK_FILTER`).
    package borrowing func lockFilter() throws(Errno) {
        try setOption(SOL_SOCKET, SO_LOCK_FILTER, 1)
    }
}
