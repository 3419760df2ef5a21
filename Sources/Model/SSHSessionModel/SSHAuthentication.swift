// SPDX-License-Identifier: Apache-2.0

/// The methods of RFC 4252 and RFC 4256 that we have.
package struct SSHMethods: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let publicKey = SSHMethods(rawValue: 1)
    package static let keyboardInteractive = SSHMethods(rawValue: 2)
    package static let password = SSHMethods(rawValue: 4)
}

/// What one session may try, in this order: agent, keys, then a question to a person.
package struct SSHAuthenticationPlan: Hashable, Sendable {
    /// Whether the first request is `none`: it brings the list of methods, and, before a key whose
    /// signature algorithm depends on the server (RSA), its `server-sig-algs`.
    ///
    /// Costs a round trip.
    package var beginsWithNone: Bool
    /// Whether an agent has keys for this host.
    package var usesAgent: Bool
    /// How many keys from files there are for this host.
    package var keyCount: Int
    /// Whether a person can be asked, or has been.
    package var canAsk: Bool
    /// Which of these the configuration allows at all.
    package var allowed: SSHMethods

    package init(
        beginsWithNone: Bool, usesAgent: Bool, keyCount: Int, canAsk: Bool,
        allowed: SSHMethods = [.publicKey, .keyboardInteractive, .password]
    ) {
        self.beginsWithNone = beginsWithNone
        self.usesAgent = usesAgent
        self.keyCount = keyCount
        self.canAsk = canAsk
        self.allowed = allowed
    }
}

/// One request for authentication.
package enum SSHAttempt: Hashable, Sendable {
    case none
    /// The agent's keys, one after the other.
    case agent
    /// The key of this number.
    case key(Int)
    case keyboardInteractive
    case password
}

/// What came of one request.
package enum SSHAttemptResult: Hashable, Sendable {
    case accepted
    /// Refused; the server would go on with these.
    case denied(SSHMethods)
    /// Right, and not enough: the server wants one of these, too.
    case partial(SSHMethods)
    /// Nothing was sent, because there is nothing to send: no answer from the person, or one that
    /// has been found wrong on another host.
    case nothingToSay
}

/// Which request comes next; tries nothing twice.
package struct SSHAttempts: Hashable, Sendable {
    package let plan: SSHAuthenticationPlan
    /// What the server was last known to accept; everything until it has said.
    private var offered: SSHMethods = [.publicKey, .keyboardInteractive, .password]
    private var hasAskedAgent = false
    private var nextKey = 0
    /// A wrong answer counts against the account: it is given once, by one method.
    private var hasAnswered = false

    package init(_ plan: SSHAuthenticationPlan) { self.plan = plan }

    /// The first request.
    package mutating func first() -> SSHAttempt? { plan.beginsWithNone ? SSHAttempt.none : next() }

    /// The request after a refusal; `nil` when there is nothing left to try.
    package mutating func afterDenial(of attempt: SSHAttempt, offered: SSHMethods) -> SSHAttempt? {
        self.offered = offered
        return next()
    }

    /// The request after one that was right and not enough.
    package mutating func afterPartial(offered: SSHMethods) -> SSHAttempt? {
        self.offered = offered
        return next()
    }

    /// The request after one that could not be made.
    package mutating func afterNothing() -> SSHAttempt? { next() }

    private mutating func next() -> SSHAttempt? {
        let usable = offered.intersection(plan.allowed)
        if usable.contains(.publicKey) {
            if plan.usesAgent, !hasAskedAgent {
                hasAskedAgent = true
                return .agent
            }
            if nextKey < plan.keyCount {
                nextKey += 1
                return .key(nextKey - 1)
            }
        }
        guard plan.canAsk, !hasAnswered else { return nil }
        if usable.contains(.keyboardInteractive) {
            hasAnswered = true
            return .keyboardInteractive
        }
        if usable.contains(.password) {
            hasAnswered = true
            return .password
        }
        return nil
    }
}
