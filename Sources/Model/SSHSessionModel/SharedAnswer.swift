// SPDX-License-Identifier: Apache-2.0

/// A secret that a person is asked for once, for all sessions that want the same.
///
/// The first session to be given an answer tries it alone; the others wait until a server has said
/// that it is right. A wrong one is given to nobody else: on a thousand hosts it would lock the
/// account.
package struct SharedAnswer: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// Nobody has wanted it.
        case unasked
        /// A person is being asked.
        case asking
        /// There is an answer, and nobody is trying it.
        case untried
        /// There is an answer, and this session is trying it.
        case onTrial(Int)
        /// A server has taken it.
        case right
        /// A server has refused it.
        case wrong
        /// The person gave none.
        case declined
    }

    package enum Action: Hashable, Sendable {
        /// Ask the person.
        case ask
        /// Give the answer to this session.
        case give(Int)
        /// Tell this session that it gets none.
        case refuse(Int)
    }

    /// What a session found out.
    package enum Finding: Hashable, Sendable {
        case right
        case wrong
        /// It ended before the server had said.
        case nothing
    }

    package private(set) var state = State.unasked
    /// Who waits, in order.
    package private(set) var waiting: [Int] = []

    package init() {}

    /// A session wants the answer.
    package mutating func wanted(by session: Int) -> [Action] {
        switch state {
        case .unasked:
            waiting.append(session)
            state = .asking
            return [.ask]
        case .asking, .onTrial:
            waiting.append(session)
            return []
        case .untried:
            state = .onTrial(session)
            return [.give(session)]
        case .right: return [.give(session)]
        case .wrong, .declined: return [.refuse(session)]
        }
    }

    /// The person has answered, or declined to.
    package mutating func answered(isGiven: Bool) -> [Action] {
        guard state == .asking else { return [] }
        guard isGiven else {
            state = .declined
            return dismiss { .refuse($0) }
        }
        return tryNext()
    }

    /// A session that was given the answer knows more.
    package mutating func found(_ finding: Finding, by session: Int) -> [Action] {
        guard state == .onTrial(session) else { return [] }
        switch finding {
        case .right:
            state = .right
            return dismiss { .give($0) }
        case .wrong:
            state = .wrong
            return dismiss { .refuse($0) }
        case .nothing: return tryNext()
        }
    }

    /// A session wants it no more.
    package mutating func withdrawn(by session: Int) -> [Action] {
        waiting.removeAll { $0 == session }
        return found(.nothing, by: session)
    }

    private mutating func tryNext() -> [Action] {
        guard !waiting.isEmpty else {
            state = .untried
            return []
        }
        let first = waiting.removeFirst()
        state = .onTrial(first)
        return [.give(first)]
    }

    private mutating func dismiss(_ action: (Int) -> Action) -> [Action] {
        defer { waiting = [] }
        return waiting.map(action)
    }
}
