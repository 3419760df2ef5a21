// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import SystemPackage
public import TCPClosing
import Threads

/// Why a name has no address.
public struct NameResolutionFailure: Error, Hashable, Sendable {
    /// What the resolver said, and of which name.
    public var message: String
}

/// Turns host names into addresses on a few threads of its own, because getaddrinfo(3) blocks.
///
/// Address literals are answered at once. Each name is looked up once per resolver.
public final class NameResolver: Sendable {
    /// The addresses of a name, in the order the system prefers (RFC 6724), or why there are none.
    public typealias Answer = Result<[InternetAddress], NameResolutionFailure>

    private enum Entry {
        case asked([CheckedContinuation<Answer, Never>])
        case answered(Answer)
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var queue: [String] = []
        var next = 0
        var threads = 0
    }

    private let threadLimit: Int
    private let state = Mutex(State())

    /// Makes a resolver that asks at most so many names at once.
    public init(threadLimit: Int = 8) { self.threadLimit = threadLimit }

    /// The addresses of a host name or address literal.
    public func addresses(of name: String) async throws(NameResolutionFailure) -> [InternetAddress]
    {
        if let literal = InternetAddress(literal: name) { return [literal] }
        let answer = await withCheckedContinuation { waiter in
            let (answer, mustStart) = state.withLock { state in ask(name, waiter, &state) }
            if let answer { waiter.resume(returning: answer) }
            if mustStart { startThread() }
        }
        return try answer.get()
    }

    private func ask(
        _ name: String, _ waiter: CheckedContinuation<Answer, Never>, _ state: inout State
    ) -> (answer: Answer?, mustStart: Bool) {
        switch state.entries[name] {
        case .answered(let answer): return (answer, false)
        case .asked(let waiters):
            state.entries[name] = .asked(waiters + [waiter])
            return (nil, false)
        case nil:
            state.entries[name] = .asked([waiter])
            state.queue.append(name)
            guard state.threads < threadLimit else { return (nil, false) }
            state.threads += 1
            return (nil, true)
        }
    }

    private func startThread() {
        do throws(Errno) {
            try DetachedThread.start { while self.answerOne() {} }
        } catch {
            // Without a thread of its own the question is answered here, late but surely.
            while answerOne() {}
        }
    }

    /// Looks up the next name in the queue; `false` when the thread is no longer needed.
    private func answerOne() -> Bool {
        let name = state.withLock { state -> String? in
            guard state.next < state.queue.count else {
                state.queue = []
                state.next = 0
                state.threads -= 1
                return nil
            }
            state.next += 1
            return state.queue[state.next - 1]
        }
        guard let name else { return false }
        let answer = Self.lookUp(name)
        let waiters = state.withLock { state -> [CheckedContinuation<Answer, Never>] in
            defer { state.entries[name] = .answered(answer) }
            switch state.entries[name] {
            case .asked(let waiters): return waiters
            case .answered, nil: return []
            }
        }
        for waiter in waiters { waiter.resume(returning: answer) }
        return true
    }

    /// What `localhost` is to most programs, in the network namespace this thread is in; empty where
    /// it has no address.
    ///
    /// Without `AI_ADDRCONFIG`, which leaves `::1` out where the loopback interface alone has IPv6.
    package static func localhost() -> [InternetAddress] {
        (try? lookUp("localhost", flags: 0).get()) ?? []
    }

    private static func lookUp(_ name: String, flags: Int32 = AI_ADDRCONFIG) -> Answer {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        guard code == 0 else {
            let reason =
                code == EAI_SYSTEM
                ? "\(Errno(rawValue: errno))" : String(cString: gai_strerror(code))
            return .failure(NameResolutionFailure(message: "\(name): \(reason)"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [InternetAddress] = []
        var entry = list
        while let info = entry?.pointee {
            var storage = sockaddr_storage()
            if let address = info.ai_addr {
                withUnsafeMutableBytes(of: &storage) { bytes in
                    bytes.copyMemory(
                        from: UnsafeRawBufferPointer(
                            start: address, count: min(Int(info.ai_addrlen), bytes.count)))
                }
                if let found = SocketAddress.value(of: &storage)?.address,
                    !addresses.contains(found)
                {
                    addresses.append(found)
                }
            }
            entry = info.ai_next
        }
        guard !addresses.isEmpty else {
            return .failure(NameResolutionFailure(message: "\(name): no address"))
        }
        return .success(addresses)
    }
}
