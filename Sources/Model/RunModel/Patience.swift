// SPDX-License-Identifier: Apache-2.0

/// A limit for what another machine does, kept by one that may be behind with its own work.
///
/// An answer that waits here while this process handles other hosts, or has no processor, is not
/// late. What this process was behind is therefore added to the limit, though at most three times
/// the limit, so that a silent host ends however busy this machine is.
package struct Patience: Hashable, Sendable {
    /// How much is added at most, in limits.
    package static let mostExtensions = 3

    private let limit: Duration
    private let behindAtStart: Duration

    /// A wait begins.
    ///
    /// - Parameters:
    ///   - limit: how long the other machine may take.
    ///   - behind: how long this process has been behind in all, up to now.
    package init(limit: Duration, behind: Duration) {
        self.limit = limit
        behindAtStart = behind
    }

    /// What is added to the limit, given how long this process has been behind in all by now.
    package func added(behind: Duration) -> Duration {
        max(.zero, min(behind - behindAtStart, limit * Self.mostExtensions))
    }
}
