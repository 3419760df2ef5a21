// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// Which session a stderr connection belongs to, when many sessions share a few listeners.
///
/// A server connects back to the port its client named, from a reserved port of its choice and,
/// if it has several addresses, from any of them (in.rshd binds the wildcard; measured). Nothing in
/// the connection says which session it is for. Two ways tell:
///
/// - *by address*: sessions to different addresses share a listener, and the peer's address
///   decides. Their clients send the command only after the match, so that a doubtful match can be
///   undone.
/// - *exclusive*: one session at a time has the listener, from naming its port until the server has
///   connected. Right for servers that answer from elsewhere, and slower over long distances.
///
/// The first match decides the mode; a connection from a stranger's address makes it exclusive for
/// good. A machine without I/O.
///
/// A server that has connected from one called address for another one, both its own, is beyond
/// telling while sessions to both share a listener.
///
/// A listener that a session left is doubtful until that session's server has connected: nobody
/// who could be mistaken for it comes there, and it is replaced as soon as nobody waits there.
///
/// Invariants: a session is matched at most once; in doubt none is matched; sessions are admitted
/// in the order they came, as far as listeners allow.
package struct StderrMatching: Hashable, Sendable {
    /// Names a session's handshake; unique among those that are not over.
    package typealias Handshake = Int

    /// How peers are told apart.
    package enum Mode: Hashable, Sendable {
        /// No server has connected yet; as `exclusive`.
        case undecided
        case byAddress
        case exclusive
    }

    /// What the driver has to do.
    package enum Action: Hashable, Sendable {
        /// The session may name this listener. With `commandMustWait` the command is sent only
        /// after the match.
        case admit(Handshake, listener: Int, commandMustWait: Bool)
        /// The connection is this session's.
        case match(Handshake, isStranger: Bool)
        /// The connection is nobody's: reset it.
        case discard
        /// It cannot be known whose connection it was: reset it. These sessions, whose commands
        /// have not been sent, must begin again, exclusively.
        case restart([Handshake])
        /// A server may still connect to this listener for a session that has gone: the driver
        /// closes it, opens another one on another port, and says `replaced`.
        case retire(listener: Int)
    }

    private struct Pending: Hashable, Sendable {
        var handshake: Handshake
        var address: InternetAddress
    }

    private struct Listener: Hashable, Sendable {
        var pending: [Pending] = []
        /// Addresses that may still connect for sessions that have gone.
        var abandoned: Set<InternetAddress> = []
        /// Whether the one session there does not share the listener.
        var isExclusive = false
        var isRetired = false

        /// Whether nobody waits there any more, and a connection may still come.
        var isDoubtful: Bool { pending.isEmpty && !abandoned.isEmpty && !isRetired }
    }

    private struct Waiter: Hashable, Sendable {
        var handshake: Handshake
        var address: InternetAddress
        var mustBeExclusive: Bool
    }

    /// How many sessions share a listener at most: a bound for what one doubtful match restarts.
    package static let shareLimit = 64

    /// How peers are told apart now.
    package private(set) var mode = Mode.undecided
    private var listeners: [Listener]
    private var waiters: [Waiter] = []

    /// Makes the machine for so many listeners, named from 0.
    package init(listeners count: Int) {
        precondition(count > 0, "stderr connections need a listener")
        listeners = Array(repeating: Listener(), count: count)
    }

    /// How many sessions wait for a listener.
    package var waitingCount: Int { waiters.count }

    /// A session wants to name a listener to the server at this address.
    package mutating func begin(
        _ handshake: Handshake, towards address: InternetAddress, exclusively mustBeExclusive: Bool
    ) -> [Action] {
        waiters.append(
            Waiter(handshake: handshake, address: address, mustBeExclusive: mustBeExclusive))
        return admitWaiters()
    }

    /// A server has connected to a listener.
    package mutating func arrived(at index: Int, from address: InternetAddress) -> [Action] {
        let pending = listeners[index].pending
        if let place = pending.firstIndex(where: { $0.address == address }) {
            if mode == .undecided { mode = .byAddress }
            remove(place, from: index)
            return [.match(pending[place].handshake, isStranger: false)] + retireDoubtful()
                + admitWaiters()
        }
        if listeners[index].abandoned.remove(address) != nil {
            return [.discard] + retireDoubtful() + admitWaiters()
        }
        guard let only = pending.first else { return [.discard] }
        mode = .exclusive
        if pending.count == 1, listeners[index].abandoned.isEmpty {
            remove(0, from: index)
            return [.match(only.handshake, isStranger: true)] + retireDoubtful() + admitWaiters()
        }
        // None of these has sent its command: exclusive sessions are alone, and come to no listener
        // that another one has left.
        listeners[index].pending = []
        listeners[index].isExclusive = false
        // Their servers will still connect here.
        listeners[index].isRetired = true
        return [.discard, .restart(pending.map(\.handshake)), .retire(listener: index)]
            + retireDoubtful() + admitWaiters()
    }

    /// A session no longer waits for its server's connection: it is over, or was never admitted.
    ///
    /// - Parameters:
    ///   - handshake: which session's.
    ///   - portWasNamed: whether the server may know the listener's port.
    /// - Returns: what the driver has to do.
    package mutating func gaveUp(_ handshake: Handshake, portWasNamed: Bool) -> [Action] {
        if let place = waiters.firstIndex(where: { $0.handshake == handshake }) {
            waiters.remove(at: place)
            return admitWaiters()
        }
        for index in listeners.indices {
            guard
                let place = listeners[index].pending
                    .firstIndex(where: {
                        $0.handshake == handshake
                    })
            else { continue }
            let address = listeners[index].pending[place].address
            remove(place, from: index)
            if portWasNamed { listeners[index].abandoned.insert(address) }
            return retireDoubtful() + admitWaiters()
        }
        return []
    }

    /// A retired listener was replaced by one on another port.
    package mutating func replaced(_ index: Int) -> [Action] {
        listeners[index] = Listener()
        return admitWaiters()
    }

    private mutating func remove(_ place: Int, from index: Int) {
        listeners[index].pending.remove(at: place)
        if listeners[index].pending.isEmpty { listeners[index].isExclusive = false }
    }

    /// Retires the listeners to which a connection may still come that would be taken for
    /// another's.
    ///
    /// From any address, where servers answer from elsewhere; while sessions share the listener it
    /// is kept until they are done.
    private mutating func retireDoubtful() -> [Action] {
        switch mode {
        case .byAddress: []
        case .undecided, .exclusive:
            listeners.indices.filter { listeners[$0].isDoubtful }.map { retire($0) }
        }
    }

    private mutating func retire(_ index: Int) -> Action {
        listeners[index].isRetired = true
        return .retire(listener: index)
    }

    private mutating func admitWaiters() -> [Action] {
        // In order: nobody overtakes one who could not be admitted.
        var actions: [Action] = []
        var admitted = 0
        while admitted < waiters.count {
            if let admission = admit(waiters[admitted]) {
                actions.append(admission)
                admitted += 1
                continue
            }
            // Better a new port than to wait where a late connection may come: one at a time.
            if !listeners.contains(where: \.isRetired),
                let doubtful = listeners.indices.first(where: { listeners[$0].isDoubtful })
            {
                actions.append(retire(doubtful))
            }
            break
        }
        waiters.removeFirst(admitted)
        return actions
    }

    private mutating func admit(_ waiter: Waiter) -> Action? {
        let isExclusive = waiter.mustBeExclusive || mode != .byAddress
        let candidates = listeners.indices.filter { index in
            let listener = listeners[index]
            guard !listener.isRetired else { return false }
            if isExclusive { return listener.pending.isEmpty && listener.abandoned.isEmpty }
            return !listener.isExclusive && listener.pending.count < Self.shareLimit
                && !listener.abandoned.contains(waiter.address)
                && !listener.pending.contains { $0.address == waiter.address }
        }
        guard
            let index = candidates.min(by: {
                listeners[$0].pending.count < listeners[$1].pending.count
            })
        else { return nil }
        listeners[index].pending
            .append(
                Pending(handshake: waiter.handshake, address: waiter.address))
        listeners[index].isExclusive = isExclusive
        return .admit(waiter.handshake, listener: index, commandMustWait: !isExclusive)
    }
}
