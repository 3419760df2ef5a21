// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// Whose connection it is.
extension StderrMatching {
    /// The one session there is the only one whose server knows the port.
    mutating func arrivedAlone(at index: Int, from address: InternetAddress) -> [Action] {
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

    mutating func arrivedAmongOthers(
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
    mutating func left(
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

    mutating func confirmHeld() -> [Action] {
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
    mutating func beginAgain(at index: Int, blamingSilent: Bool = false) -> [Action] {
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

    mutating func remove(_ place: Int, from index: Int) {
        listeners[index].pending.remove(at: place)
        if listeners[index].pending.isEmpty { listeners[index].isExclusive = false }
    }
}
