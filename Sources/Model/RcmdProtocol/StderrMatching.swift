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

    /// How many sessions share a listener at most: a bound for what one doubt restarts.
    package static let shareLimit = 16
    /// How long a connection is held before its listener's sessions begin again.
    package static let patience = Duration.seconds(1)

    /// How peers are told apart now.
    package internal(set) var mode = Mode.undecided
    var listeners: [Listener]
    var waiters: [Waiter] = []
    /// Addresses from which a connection has come: their machines call back from there.
    var heardFrom: Set<InternetAddress> = []

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
}
