// SPDX-License-Identifier: Apache-2.0

import SSHSessionModel
import Synchronization
import TCPSockets
import Threads

/// Asks a person for secrets: each once per run, for all sessions that want the same.
package final class SSHAnswers: Sendable {
    /// What is asked for.
    struct Question: Hashable, Sendable {
        /// What tells one secret from another: user and prompt, or the path of a key.
        var subject: String
        /// What the person is shown.
        var prompt: String
    }

    /// What a session is told.
    enum Decision: Sendable {
        case answer(String)
        case none
    }

    private struct Entry {
        var machine = SharedAnswer()
        var secret: String?
        var wakeups: [Int: Wakeups] = [:]
        var decisions: [Int: Decision] = [:]
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var lastSession = 0
    }

    private let ask: (@Sendable (String) -> String?)?
    /// One question at a time stands on the terminal.
    private let thread = BlockingCalls(threadLimit: 1)
    private let state = Mutex(State())

    /// Makes the answers of one run.
    ///
    /// - Parameter ask: shows a prompt and returns the answer, `nil` if there is none; may block.
    ///   `nil` when nobody can be asked.
    package init(asking ask: (@Sendable (String) -> String?)?) { self.ask = ask }

    /// Whether there is anybody to ask.
    var canAsk: Bool { ask != nil }

    /// A name for a session, for the calls below.
    func newSession() -> Int {
        state.withLock { state in
            state.lastSession += 1
            return state.lastSession
        }
    }

    /// Asks for an answer; `wakeups` gets `.arrival` once `take` has a decision.
    func request(_ question: Question, for session: Int, wakeups: Wakeups) {
        carryOut(question) { entry in
            entry.wakeups[session] = wakeups
            return entry.machine.wanted(by: session)
        }
    }

    /// The decision, once there is one.
    func take(_ question: Question, for session: Int) -> Decision? {
        state.withLock { $0.entries[question.subject]?.decisions.removeValue(forKey: session) }
    }

    /// What the session has found out about the answer it was given.
    func found(_ finding: SharedAnswer.Finding, on question: Question, by session: Int) {
        carryOut(question) { $0.machine.found(finding, by: session) }
    }

    /// The session ends, or wants no answer any more.
    func withdraw(_ question: Question, for session: Int) {
        carryOut(question) { entry in
            entry.wakeups[session] = nil
            return entry.machine.withdrawn(by: session)
        }
    }

    private func carryOut(
        _ question: Question, _ event: (inout Entry) -> [SharedAnswer.Action]
    ) {
        let (mustAsk, awake) = state.withLock { state -> (Bool, [Wakeups]) in
            var entry = state.entries[question.subject] ?? Entry()
            defer { state.entries[question.subject] = entry }
            var mustAsk = false
            var awake: [Wakeups] = []
            for action in event(&entry) {
                switch action {
                case .ask: mustAsk = true
                case .give(let session):
                    entry.decisions[session] = entry.secret.map { .answer($0) } ?? Decision.none
                    if let wakeups = entry.wakeups[session] { awake.append(wakeups) }
                case .refuse(let session):
                    entry.decisions[session] = Decision.none
                    if let wakeups = entry.wakeups[session] { awake.append(wakeups) }
                }
            }
            return (mustAsk, awake)
        }
        for wakeups in awake { wakeups.post(.arrival) }
        if mustAsk { thread.begin { self.askNow(question) } }
    }

    private func askNow(_ question: Question) {
        let secret = ask?(question.prompt)
        carryOut(question) { entry in
            entry.secret = secret
            return entry.machine.answered(isGiven: secret != nil)
        }
    }
}
