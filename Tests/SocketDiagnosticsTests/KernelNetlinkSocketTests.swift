// SPDX-License-Identifier: Apache-2.0

import Glibc
import SocketDiagnostics
import Synchronization
import SystemPackage
import Testing

@Suite struct `A netlink socket of the kernel` {
    private static let everything = SocketQuery(family: .ipv4, states: .listening)

    private static func request(_ sequence: UInt32) -> [UInt8] {
        NetlinkMessage(type: 20, flags: 0x301, sequence: sequence, body: everything.encoded).encoded
    }

    @Test func `waits on when a signal has interrupted it`() throws {
        let socket = try KernelNetlinkSocket(.socketDiagnostics)
        let wait = InterruptedWait(socket)
        try wait.start()
        // A signal that has no effect but to end the system call it interrupts.
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        var before = sigaction()
        try #require(sigaction(SIGUSR1, &action, &before) == 0)
        defer { sigaction(SIGUSR1, &before, nil) }
        for _ in 0..<5 {
            wait.untilAsleep()
            wait.signal(SIGUSR1)
        }
        wait.untilAsleep()
        try socket.send(Self.request(7))
        #expect(try wait.join().contains { $0.sequence == 7 })
    }

    @Test func `makes a call again that was interrupted, and no other`() throws {
        var results: [(Int, Int32)] = [(-1, EINTR), (-1, EINTR), (5, 0)]
        let count = try retrying {
            let (result, code) = results.removeFirst()
            errno = code
            return result
        }
        #expect(count == 5)
        #expect(results.isEmpty)
        var calls = 0
        #expect(throws: SocketDiagnosticsError.failed(Errno(rawValue: EACCES))) {
            try retrying {
                calls += 1
                errno = EACCES
                return -1
            }
        }
        #expect(calls == 1)
    }

    @Test func `says when an answer did not fit`() throws {
        let socket = try KernelNetlinkSocket(.socketDiagnostics)
        try socket.send(Self.request(1))
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(throws: SocketDiagnosticsError.truncated) { try socket.receive(into: &buffer) }
        // The rest of it is gone, and the next answer is whole.
        try socket.send(Self.request(2))
        while try NetlinkMessage.messages(in: socket.receive()).last?.sequence != 2 {}
    }
}

/// A thread that waits for the kernel's answer.
private final class InterruptedWait: Sendable {
    private struct State {
        var thread = pthread_t()
        /// Its directory in proc(5), once it is about to wait.
        var directory: String?
        var result: Result<[NetlinkMessage], any Error>?
    }

    private let socket: KernelNetlinkSocket
    private let state = Mutex(State())

    init(_ socket: KernelNetlinkSocket) { self.socket = socket }

    func start() throws {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<InterruptedWait>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument)
        try #require(code == 0)
        state.withLock { $0.thread = thread }
    }

    private func run() {
        var name = [CChar](repeating: 0, count: 64)
        let length = max(0, readlink("/proc/thread-self", &name, name.count))
        let text = String(decoding: name[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
        state.withLock { $0.directory = "/proc/" + text }
        let result = Result { try NetlinkMessage.messages(in: socket.receive()) }
        state.withLock { $0.result = result }
    }

    /// Looks until the thread sleeps in its system call (proc(5)).
    func untilAsleep() {
        while true {
            if let directory = state.withLock(\.directory), Self.state(directory) == "S" { return }
            sched_yield()
        }
    }

    private static func state(_ directory: String) -> Character? {
        guard let file = fopen(directory + "/stat", "r") else { return nil }
        defer { fclose(file) }
        var bytes = [CChar](repeating: 0, count: 512)
        guard fgets(&bytes, 512, file) != nil else { return nil }
        let text = String(decoding: bytes.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.lastIndex(of: ")").map { text[text.index($0, offsetBy: 2)] }
    }

    func signal(_ number: Int32) { pthread_kill(state.withLock(\.thread), number) }

    func join() throws -> [NetlinkMessage] {
        pthread_join(state.withLock(\.thread), nil)
        let result = state.withLock(\.result)
        return try #require(result).get()
    }
}
