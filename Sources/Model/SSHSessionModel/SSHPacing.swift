// SPDX-License-Identifier: Apache-2.0

/// How many connections may be unauthenticated at once towards one network, learnt from servers
/// that drop them (sshd's `MaxStartups`).
///
/// Nothing is held back until the first drop. Each drop halves the number, but only once for all
/// that were under way by then; each round without a drop adds one. Sessions wait in order.
package struct SSHPacing: Hashable, Sendable {
    /// A session's leave to connect, and from which round it is.
    package struct Leave: Hashable, Sendable {
        package let session: Int
        package let round: Int
    }

    /// How the time under the leave ended.
    package enum Ending: Hashable, Sendable {
        /// The server has let the session in.
        case passed
        /// The server closed before it said anything.
        case dropped
        /// It ended in any other way, which says nothing about the server's limit.
        case other
    }

    /// The most that may be under way; `nil` while no drop was seen.
    package private(set) var limit: Int?
    /// How many are under way.
    package private(set) var underWay = 0
    /// Who waits, in order.
    package private(set) var waiting: [Int] = []
    /// How many connections were dropped.
    package private(set) var drops = 0

    private var round = 0
    private var passedInRound = 0

    package init() {}

    /// A session wants to connect; answered with leaves, at once or by a later event.
    package mutating func wanted(by session: Int) -> [Leave] {
        waiting.append(session)
        return admit()
    }

    /// A session wants to connect no more, before it had leave.
    package mutating func withdrawn(by session: Int) -> [Leave] {
        waiting.removeAll { $0 == session }
        return admit()
    }

    /// The time under a leave has ended.
    package mutating func ended(_ leave: Leave, _ ending: Ending) -> [Leave] {
        precondition(underWay > 0, "a leave that nobody has")
        switch ending {
        case .passed:
            passedInRound += 1
            if let limit, passedInRound >= limit {
                self.limit = limit + 1
                passedInRound = 0
            }
        case .dropped:
            drops += 1
            passedInRound = 0
            if leave.round == round {
                limit = max(1, min(limit ?? underWay, underWay) / 2)
                round += 1
            }
        case .other: break
        }
        underWay -= 1
        return admit()
    }

    private mutating func admit() -> [Leave] {
        let free = limit.map { max(0, $0 - underWay) } ?? waiting.count
        let admitted = waiting.prefix(free).map { Leave(session: $0, round: round) }
        waiting.removeFirst(admitted.count)
        underWay += admitted.count
        return admitted
    }
}

/// How long a session that was dropped waits before it connects again.
package enum SSHBackoff {
    /// The pause after so many drops, 1 at least: it doubles, from 100 ms to 3 s, less a part that is
    /// drawn, so that sessions which were dropped together do not come back together.
    package static func pause(
        after drops: Int, using random: inout some RandomNumberGenerator
    ) -> Duration {
        let longest = min(100 << min(drops - 1, 5), 3000)
        return .milliseconds(Int.random(in: longest / 2...longest, using: &random))
    }
}
