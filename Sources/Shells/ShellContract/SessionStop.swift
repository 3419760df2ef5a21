// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The engine's way to end a session early: asks once, insists once.
///
/// The session hands in one closure; it is called (from whichever thread asks) each time the level
/// rises, and once at once if it had risen before.
package final class SessionStop: Sendable {
    /// How hard a session is asked to end.
    package enum Level: Int, Comparable, Sendable {
        /// Go on.
        case none
        /// Signal the remote command and wait for its end.
        case signal
        /// Reset the connection now.
        case abort

        package static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }

    private struct State {
        var level = Level.none
        var onRise: (@Sendable (Level) -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    /// The level now.
    package var level: Level { state.withLock(\.level) }

    /// Raises the level; a lower or equal level changes nothing.
    package func raise(to level: Level) {
        let onRise = state.withLock { state -> (@Sendable (Level) -> Void)? in
            guard level > state.level else { return nil }
            state.level = level
            return state.onRise
        }
        onRise?(level)
    }

    /// Sets what is called when the level rises.
    package func whenRaised(_ onRise: @escaping @Sendable (Level) -> Void) {
        let level = state.withLock { state in
            state.onRise = onRise
            return state.level
        }
        if level > .none { onRise(level) }
    }

    /// Forgets the closure, so that nothing is called after the session's end.
    package func forget() { state.withLock { $0.onRise = nil } }
}
