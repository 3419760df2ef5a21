// SPDX-License-Identifier: Apache-2.0

import ShellContract
import Synchronization

/// One place of the window, in which one host after another has its turn.
///
/// The run loop gives turns, the place's task takes them. A task per host would be simpler, but a
/// task group finds a child that has ended by walking the list of all its children (Swift 6.3,
/// `TaskGroup::removeChildTask`; measured: 380 µs per host with 20,000 open), so children stay.
final class Place: Sendable {
    /// One host's turn.
    struct Turn: Sendable {
        let host: Int
        let stop: SessionStop
    }

    private enum State {
        /// Nobody's turn; the task is not there yet. Leaves to `given` or `waiting`.
        case free
        /// A turn the task has not come for; `nil` is the end. Leaves to `free` because it came.
        case given(Turn?)
        /// The task waits. Leaves to `free` because it is given a turn.
        case waiting(CheckedContinuation<Turn?, Never>)
    }

    private let state = Mutex(State.free)

    /// Gives the place to a host once the turn before has ended, or with `nil` closes it.
    func give(_ turn: Turn?) {
        let waiting = state.withLock { state -> CheckedContinuation<Turn?, Never>? in
            switch state {
            case .free:
                state = .given(turn)
                return nil
            case .waiting(let continuation):
                state = .free
                return continuation
            case .given: preconditionFailure("a place given twice")
            }
        }
        waiting?.resume(returning: turn)
    }

    /// The next turn; `nil` once the place is closed.
    func nextTurn() async -> Turn? {
        await withCheckedContinuation { continuation in
            let given = state.withLock { state -> Turn?? in
                switch state {
                case .free:
                    state = .waiting(continuation)
                    return .none
                case .given(let turn):
                    state = .free
                    return .some(turn)
                case .waiting: preconditionFailure("two tasks in one place")
                }
            }
            if let turn = given { continuation.resume(returning: turn) }
        }
    }
}
