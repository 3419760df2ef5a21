// SPDX-License-Identifier: Apache-2.0

import CCommandWatch
import Glibc
package import SystemPackage
import TCPClosing

/// Watches bind(2), listen(2) and connect(2) of a command and of all that it starts (ptrace(2)), and
/// changes none of them.
///
/// A filter of the kernel (seccomp(2)) stops a thread at these calls only; everything else runs as
/// fast as it would. For one thread, which is the tracer and must do everything here.
package final class CommandWatcher {
    /// What a watcher tells, in the order in which it happens; what is stopped stays so meanwhile.
    package enum Event: Hashable, Sendable {
        /// A call has failed; the thread waits at its end.
        case failed(WatchedCall)
        /// The command itself is about to end, with a status of wait(2).
        case ending(CommandEnd)
    }

    /// A stop, as waitpid(2) tells of it.
    private enum Stop {
        case filter
        case syscallEnd
        case threadExit
        case groupStop
        case otherEvent
        case signal(Int32)
        case gone(Int32)

        /// Reads a wait status: the stop signal, and above it the event (ptrace(2)).
        init(status: Int32) {
            guard status & 0xff == 0x7f else {
                self = .gone(status)
                return
            }
            let signal = status >> 8 & 0xff
            switch (status >> 16, signal) {
            case (7, _): self = .filter
            case (6, _): self = .threadExit
            case (128, SIGSTOP), (128, SIGTSTP), (128, SIGTTIN), (128, SIGTTOU): self = .groupStop
            case (1..., _): self = .otherEvent
            case (_, SIGTRAP | 0x80): self = .syscallEnd
            case (_, _): self = .signal(signal)
            }
        }
    }

    private let command: Int32
    private var hasEnded = false
    /// The calls under way, by thread.
    private var calls: [Int32: lastcall_system_call] = [:]

    /// Begins to trace a thread that is about to become the command.
    ///
    /// - Parameters:
    ///   - thread: its number.
    ///   - process: the number of its process.
    /// - Throws: `notPermitted` where tracing is forbidden.
    package init(tracing thread: Int32, of process: Int32) throws(Errno) {
        command = process
        guard lastcall_trace(thread) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Watches until nothing of the command is left.
    ///
    /// A daemon that it leaves behind is watched for as long as it lives.
    package func run(_ tell: (Event) -> Void) {
        while true {
            var status: Int32 = 0
            let thread = lastcall_trace_wait(&status)
            if thread < 0 {
                if errno == EINTR { continue }
                return
            }
            follow(thread, Stop(status: status), tell)
        }
    }

    private func follow(_ thread: Int32, _ stop: Stop, _ tell: (Event) -> Void) {
        switch stop {
        case .filter:
            var call = lastcall_system_call()
            if lastcall_trace_call(thread, &call) == 0 {
                calls[thread] = call
                _ = lastcall_trace_to_exit(thread, 0)
            } else {
                _ = lastcall_trace_continue(thread, 0)
            }
        case .syscallEnd:
            if let call = calls.removeValue(forKey: thread),
                let failed = failure(of: call, in: thread)
            {
                tell(.failed(failed))
            }
            _ = lastcall_trace_continue(thread, 0)
        case .threadExit:
            if thread == command {
                let status = Int32(truncatingIfNeeded: lastcall_trace_message(thread))
                ended(status, tell)
            }
            _ = lastcall_trace_continue(thread, 0)
        case .groupStop: _ = lastcall_trace_listen(thread)
        case .otherEvent: _ = lastcall_trace_continue(thread, 0)
        case .signal(let signal):
            // A signal that interrupts a call comes before the call's end.
            _ =
                calls[thread] == nil
                ? lastcall_trace_continue(thread, signal) : lastcall_trace_to_exit(thread, signal)
        case .gone(let status):
            calls[thread] = nil
            if thread == command { ended(status, tell) }
        }
    }

    private func ended(_ status: Int32, _ tell: (Event) -> Void) {
        guard !hasEnded else { return }
        hasEnded = true
        tell(.ending(CommandEnd(waitStatus: status)))
    }

    private func failure(of call: lastcall_system_call, in thread: Int32) -> WatchedCall? {
        let error = lastcall_trace_error(thread)
        guard error > 0, let kind = WatchedCall.Kind(rawValue: call.call),
            WatchedCall.isFailure(kind, Errno(rawValue: error))
        else { return nil }
        let descriptor = Int32(truncatingIfNeeded: call.arguments.0)
        let process = Self.process(of: thread)
        let socket = WatchedSocket(descriptor, of: process)
        let address: Destination? =
            kind == .listen
            ? socket?.local : Self.address(in: thread, call.arguments.1, call.arguments.2)
        // Sockets that are not TCP are none of our business; nor is a call without an address.
        guard let address, socket != nil || !Self.isReadable(process) else { return nil }
        return WatchedCall(
            kind, Errno(rawValue: error), process: process, thread: thread,
            descriptor: descriptor, address: address, socket: socket)
    }

    /// Whether sockets of the process can be looked at, so that one that cannot is none of TCP.
    private static func isReadable(_ process: Int32) -> Bool {
        access("/proc/\(process)/fd/.", R_OK) == 0
    }

    private static func address(
        in thread: Int32, _ place: UInt64, _ length: UInt64
    ) -> Destination? {
        var bytes = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_in6>.size)
        let wanted = min(bytes.count, Int(truncatingIfNeeded: length & 0xffff))
        let count = lastcall_trace_read(thread, place, &bytes, wanted)
        return count > 0 ? Destination(kernelForm: bytes.prefix(count)) : nil
    }

    /// The process a thread belongs to (proc(5)).
    private static func process(of thread: Int32) -> Int32 {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let file = open("/proc/\(thread)/status", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return thread }
        defer { _ = close(file) }
        let count = read(file, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Tgid:") }
        return line?.split(whereSeparator: \.isWhitespace).last.flatMap { Int32($0) } ?? thread
    }
}
