// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What woke a session: any of its sockets, a timer, or somebody's call.
public struct Wakeup: OptionSet, Hashable, Sendable {
    /// The bits: three per socket slot from bit 0, the others from the top.
    public let rawValue: UInt32

    /// Makes a set from its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// How many sockets one mailbox can tell apart: slots 0...7.
    public static let slotCount = 8

    /// The socket in this slot has something to read, has ended, or has failed.
    public static func readable(_ slot: Int) -> Wakeup { Wakeup(rawValue: 1 << (3 * slot)) }

    /// The socket in this slot takes bytes again, or has failed.
    public static func writable(_ slot: Int) -> Wakeup { Wakeup(rawValue: 2 << (3 * slot)) }

    /// The remote end of the socket in this slot has closed, or it has failed: reading comes to an
    /// end of file or an error behind what is left.
    public static func gone(_ slot: Int) -> Wakeup { Wakeup(rawValue: 4 << (3 * slot)) }

    /// A timer of the session has come.
    public static let timer = Wakeup(rawValue: 1 << 31)
    /// Somebody outside the session asks for its attention.
    public static let call = Wakeup(rawValue: 1 << 30)
    /// Something the session had asked for has arrived.
    public static let arrival = Wakeup(rawValue: 1 << 29)
    /// More input for the remote command is there.
    public static let input = Wakeup(rawValue: 1 << 28)
}

/// Where a session waits for whatever comes first.
///
/// Wake-ups that come while nobody waits are kept and joined; none is lost. One task waits at a
/// time.
public final class Wakeups: Sendable {
    private struct State {
        var pending: Wakeup = []
        var waiter: CheckedContinuation<Wakeup, Never>?
    }

    private let state = Mutex(State())

    /// Makes a mailbox with nothing in it.
    public init() {}

    /// Adds to what the session will see next; from any thread.
    public func post(_ wakeup: Wakeup) {
        let waiter = state.withLock { state -> CheckedContinuation<Wakeup, Never>? in
            guard let waiter = state.waiter else {
                state.pending.formUnion(wakeup)
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: wakeup)
    }

    /// Waits until there is something, and takes all of it.
    public func next() async -> Wakeup {
        let pending = state.withLock { state in
            defer { state.pending = [] }
            return state.pending
        }
        if !pending.isEmpty { return pending }
        return await withCheckedContinuation { waiter in
            let pending = state.withLock { state -> Wakeup in
                precondition(state.waiter == nil, "one task waits at a time")
                if state.pending.isEmpty { state.waiter = waiter }
                defer { state.pending = [] }
                return state.pending
            }
            if !pending.isEmpty { waiter.resume(returning: pending) }
        }
    }
}
