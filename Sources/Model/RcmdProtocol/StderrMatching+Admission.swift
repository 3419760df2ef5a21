// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// Who comes to which listener.
extension StderrMatching {
    /// Retires the listeners to which a connection may still come that would be taken for
    /// another's.
    ///
    /// From any address, where servers answer from elsewhere; while sessions share the listener it
    /// is kept until they are done.
    mutating func retireDoubtful() -> [Action] {
        switch mode {
        case .byAddress: []
        case .undecided, .exclusive:
            listeners.indices.filter { listeners[$0].isDoubtful }.map { retire($0) }
        }
    }

    mutating func retire(_ index: Int) -> Action {
        listeners[index].isRetired = true
        return .retire(listener: index)
    }

    mutating func admitWaiters() -> [Action] {
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
