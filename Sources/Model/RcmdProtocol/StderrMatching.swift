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
/// good. A machine without I/O and clock: time is an argument, since an origin of the caller's.
///
/// One machine may be called at two of its addresses. It calls back from one of them, as its
/// routes towards us say, so that the connection of one session looks like the other's. What tells
/// is that nothing ever comes from the other address. So a connection is *held*, and its session's
/// command not sent, while anybody shares the listener from whose address nothing has come yet.
/// An address from which something has come calls back from there: those of its sessions are in
/// nobody's way. Where a holding does not end within `patience`, all of the listener begin again,
/// and those that had not been heard of (*slow*) share listeners only among themselves.
///
/// A listener that a session left is doubtful until that session's server has connected: nobody
/// who could be mistaken for it comes there, and it is replaced as soon as nobody waits there.
///
/// Invariants: a session is matched at most once, and only with its own server's connection; in
/// doubt none is matched; sessions are admitted in the order they came, as far as listeners allow.
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

    /// A session that must begin again.
    package struct Restart: Hashable, Sendable {
        package var handshake: Handshake
        /// Whether its server has kept others waiting: to be said when it begins again.
        package var isSlow: Bool

        package init(_ handshake: Handshake, isSlow: Bool) {
            self.handshake = handshake
            self.isSlow = isSlow
        }
    }

    /// What the driver has to do.
    package enum Action: Hashable, Sendable {
        /// The session may name this listener. With `commandMustWait` the command is sent only
        /// after the match.
        case admit(Handshake, listener: Int, commandMustWait: Bool)
        /// The connection is this session's.
        case match(Handshake, isStranger: Bool)
        /// The connection may be this session's: keep it, and send nothing.
        case hold(Handshake)
        /// The connection that was held for this session is its own.
        case confirm(Handshake)
        /// The connection is nobody's, or nobody can know whose: reset it.
        case discard
        /// It cannot be known whose connections are whose: reset those that are held. These
        /// sessions, whose commands have not been sent, must begin again.
        case restart([Restart])
        /// A server may still connect to this listener for a session that has gone: the driver
        /// closes it, opens another one on another port, and says `replaced`.
        case retire(listener: Int)
    }

    struct Pending: Hashable, Sendable {
        var handshake: Handshake
        var address: InternetAddress
    }

    struct Held: Hashable, Sendable {
        var handshake: Handshake
        var address: InternetAddress
        /// Called addresses whose servers may have made this connection.
        var doubts: Set<InternetAddress>
        /// When the doubt has lasted too long; `nil` among slow ones, whose sessions have limits
        /// of their own.
        var until: Duration?
    }

    struct Listener: Hashable, Sendable {
        var pending: [Pending] = []
        var held: [Held] = []
        /// Addresses that may still connect for sessions that have gone; heard from before.
        var abandoned: Set<InternetAddress> = []
        /// Whether the one session there does not share the listener.
        var isExclusive = false
        /// Whether those who share it are slow.
        var isSlow = false
        var isRetired = false

        /// Whether no session is there.
        var isVacant: Bool { pending.isEmpty && held.isEmpty }
        /// Whether nobody waits there any more, and a connection may still come.
        var isDoubtful: Bool { isVacant && !abandoned.isEmpty && !isRetired }

        /// Whether a connection from this address would be taken for another session's as well.
        func knows(_ address: InternetAddress) -> Bool {
            abandoned.contains(address) || pending.contains { $0.address == address }
                || held.contains { $0.address == address }
        }
    }

    private struct Waiter: Hashable, Sendable {
        var handshake: Handshake
        var address: InternetAddress
        var isSlow: Bool
    }

    /// How many sessions share a listener at most: a bound for what one doubt restarts.
    package static let shareLimit = 16
    /// How long a connection is held before its listener's sessions begin again.
    package static let patience = Duration.seconds(1)

    /// How peers are told apart now.
    package private(set) var mode = Mode.undecided
    private var listeners: [Listener]
    private var waiters: [Waiter] = []
    /// Addresses from which a connection has come: their machines call back from there.
    private var heardFrom: Set<InternetAddress> = []

    /// Makes the machine for so many listeners, named from 0.
    package init(listeners count: Int) {
        precondition(count > 0, "stderr connections need a listener")
        listeners = Array(repeating: Listener(), count: count)
    }

    /// How many sessions wait for a listener.
    package var waitingCount: Int { waiters.count }

    /// When `tick` is due; `nil` while nothing is held for a time.
    package var nextTick: Duration? {
        listeners.lazy.flatMap(\.held).compactMap(\.until).min()
    }

    /// A session wants to name a listener to the server at this address.
    ///
    /// `isSlow` is what its last `restart` said.
    package mutating func begin(
        _ handshake: Handshake, towards address: InternetAddress, isSlow: Bool = false
    ) -> [Action] {
        waiters.append(Waiter(handshake: handshake, address: address, isSlow: isSlow))
        return admitWaiters()
    }

    /// A server has connected to a listener.
    package mutating func arrived(
        at index: Int, from address: InternetAddress, at now: Duration
    ) -> [Action] {
        heardFrom.insert(address)
        let actions =
            listeners[index].isExclusive
            ? arrivedAlone(at: index, from: address)
            : arrivedAmongOthers(at: index, from: address, at: now)
        return actions + confirmHeld() + retireDoubtful() + admitWaiters()
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
            if let place = listeners[index].held.firstIndex(where: { $0.handshake == handshake }) {
                // What was held may have been another's, who waits in vain then.
                listeners[index].held.remove(at: place)
                return beginAgain(at: index) + retireDoubtful() + admitWaiters()
            }
            if let place = listeners[index].pending.firstIndex(where: { $0.handshake == handshake })
            {
                return left(place, of: index, portWasNamed: portWasNamed) + confirmHeld()
                    + retireDoubtful() + admitWaiters()
            }
        }
        return []
    }

    /// Time has passed: a connection may have been held for too long.
    package mutating func tick(at now: Duration) -> [Action] {
        var actions: [Action] = []
        for index in listeners.indices
        where listeners[index].held.contains(where: { $0.until.map { $0 <= now } ?? false }) {
            actions += beginAgain(at: index, blamingSilent: true)
        }
        return actions.isEmpty ? [] : actions + retireDoubtful() + admitWaiters()
    }

    /// A retired listener was replaced by one on another port.
    package mutating func replaced(_ index: Int) -> [Action] {
        listeners[index] = Listener()
        return admitWaiters()
    }

    // MARK: Whose connection it is

    /// The one session there is the only one whose server knows the port.
    private mutating func arrivedAlone(at index: Int, from address: InternetAddress) -> [Action] {
        guard let only = listeners[index].pending.first else { return [.discard] }
        let isStranger = only.address != address
        if isStranger {
            mode = .exclusive
        } else if mode == .undecided {
            mode = .byAddress
        }
        remove(0, from: index)
        return [.match(only.handshake, isStranger: isStranger)]
    }

    private mutating func arrivedAmongOthers(
        at index: Int, from address: InternetAddress, at now: Duration
    ) -> [Action] {
        let listener = listeners[index]
        // From whose address nothing has come: they may call back from anywhere.
        let silent = listener.pending.filter { !heardFrom.contains($0.address) }
        if let place = listener.pending.firstIndex(where: { $0.address == address }) {
            let own = listener.pending[place]
            remove(place, from: index)
            guard !silent.isEmpty else { return [.match(own.handshake, isStranger: false)] }
            listeners[index].held
                .append(
                    Held(
                        handshake: own.handshake, address: address,
                        doubts: Set(silent.map(\.address)),
                        until: listener.isSlow ? nil : now + Self.patience))
            return [.hold(own.handshake)]
        }
        if listener.held.contains(where: { $0.address == address }) {
            // Two of its machine's sessions are there: nobody knows which came first.
            mode = .exclusive
            return [.discard] + beginAgain(at: index)
        }
        if listener.abandoned.contains(address) {
            guard !silent.isEmpty else {
                listeners[index].abandoned.remove(address)
                return [.discard]
            }
            return [.discard] + beginAgain(at: index)
        }
        guard let stranger = silent.first else { return [.discard] }
        mode = .exclusive
        guard silent.count == 1 else { return [.discard] + beginAgain(at: index) }
        listeners[index].pending.removeAll { $0.handshake == stranger.handshake }
        forgive(stranger.address, at: index)
        return [.match(stranger.handshake, isStranger: true)]
    }

    /// A session has gone before its server connected.
    private mutating func left(
        _ place: Int, of index: Int, portWasNamed: Bool
    ) -> [Action] {
        let address = listeners[index].pending[place].address
        remove(place, from: index)
        guard portWasNamed else {
            forgive(address, at: index)
            return []
        }
        // One that is known to call back from there is told apart when it comes late.
        guard heardFrom.contains(address) else { return beginAgain(at: index) }
        listeners[index].abandoned.insert(address)
        return []
    }

    /// A connection that is held cannot have come from the server called at this address.
    private mutating func forgive(_ address: InternetAddress, at index: Int) {
        for place in listeners[index].held.indices {
            listeners[index].held[place].doubts.remove(address)
        }
    }

    private mutating func confirmHeld() -> [Action] {
        var actions: [Action] = []
        for index in listeners.indices where !listeners[index].held.isEmpty {
            for place in listeners[index].held.indices {
                listeners[index].held[place].doubts.subtract(heardFrom)
            }
            actions += listeners[index].held.filter(\.doubts.isEmpty)
                .map { .confirm($0.handshake) }
            listeners[index].held.removeAll(where: \.doubts.isEmpty)
        }
        return actions
    }

    /// All of a listener begin again, elsewhere: none has sent its command, and their servers may
    /// still connect here.
    private mutating func beginAgain(at index: Int, blamingSilent: Bool = false) -> [Action] {
        let listener = listeners[index]
        let pending = listener.pending
            .map { session in
                let isSilent = !heardFrom.contains(session.address)
                return Restart(
                    session.handshake, isSlow: isSilent && (blamingSilent || listener.isSlow))
            }
        let restarts = pending + listener.held.map { Restart($0.handshake, isSlow: false) }
        listeners[index].pending = []
        listeners[index].held = []
        return (restarts.isEmpty ? [] : [.restart(restarts)]) + [retire(index)]
    }

    private mutating func remove(_ place: Int, from index: Int) {
        listeners[index].pending.remove(at: place)
        if listeners[index].pending.isEmpty { listeners[index].isExclusive = false }
    }

    // MARK: Who comes to which listener

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
        let isExclusive = mode != .byAddress
        let isSlow = waiter.isSlow && !heardFrom.contains(waiter.address)
        guard
            let index = isExclusive
                ? listeners.indices.first(where: { isFree(listeners[$0]) })
                : shared(for: waiter.address, isSlow: isSlow)
        else { return nil }
        if listeners[index].isVacant { listeners[index].isSlow = isSlow }
        listeners[index].pending
            .append(
                Pending(handshake: waiter.handshake, address: waiter.address))
        listeners[index].isExclusive = isExclusive
        return .admit(waiter.handshake, listener: index, commandMustWait: !isExclusive)
    }

    private func isFree(_ listener: Listener) -> Bool {
        listener.isVacant && listener.abandoned.isEmpty && !listener.isRetired
    }

    /// The listener to share: the emptiest, but slow ones crowd together to leave the others free.
    private func shared(for address: InternetAddress, isSlow: Bool) -> Int? {
        let candidates = listeners.indices.filter { index in
            let listener = listeners[index]
            return !listener.isRetired && !listener.isExclusive && !listener.knows(address)
                && (listener.isVacant || listener.isSlow == isSlow)
                && listener.pending.count + listener.held.count < Self.shareLimit
        }
        func crowd(_ index: Int) -> Int {
            listeners[index].pending.count + listeners[index].held.count
        }
        return isSlow
            ? candidates.max { crowd($0) < crowd($1) }
            : candidates.min { crowd($0) < crowd($1) }
    }
}
