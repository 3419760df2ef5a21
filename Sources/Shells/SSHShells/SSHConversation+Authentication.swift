// SPDX-License-Identifier: Apache-2.0

import SSHSessionModel
import ShellContract
import Synchronization
import TCPSockets
import Threads

/// One call of libssh that blocks in the agent, made on another thread.
///
/// While it runs the session belongs to that thread. Whoever stops waiting leaves the session to it,
/// to be freed when the agent has answered: a person may take as long as they like to touch a key.
// Handed over whole: the loop's thread does not touch the session until `take` has its answer.
final class AgentAttempt: @unchecked Sendable {
    private enum State {
        case underWay
        case answered(Int32)
        case abandoned
    }

    private let library: LibrarySession
    private let state = Mutex(State.underWay)

    init(_ library: LibrarySession) { self.library = library }

    /// Makes the call.
    ///
    /// Returns whether anybody still waits.
    func make() -> Bool {
        let code = library.authenticateByAgent()
        let isAwaited = state.withLock { state in
            switch state {
            case .underWay:
                state = .answered(code)
                return true
            case .abandoned, .answered: return false
            }
        }
        if !isAwaited { library.free() }
        return isAwaited
    }

    /// The answer, once it is here.
    func take() -> Int32? {
        state.withLock { state in
            switch state {
            case .answered(let code): code
            case .underWay, .abandoned: nil
            }
        }
    }

    /// Nobody waits any more; `true` when the session is now the other thread's to free.
    func abandon() -> Bool {
        state.withLock { state in
            switch state {
            case .underWay:
                state = .abandoned
                return true
            case .answered, .abandoned: return false
            }
        }
    }
}

extension SSHConversation {
    /// A secret that the session waits for, or has been given.
    struct Answering {
        var question: SSHAnswers.Question
        var session: Int
        var isOnTrial = false
        /// Whether the engine has been told that the session waits.
        var hasSaidWaiting = false
    }

    /// Begins with a request.
    func begin(_ attempt: SSHAttempt) {
        pending = .attempt(attempt)
        mayAskAgent = true
    }

    /// Goes on with a request.
    func advance(_ attempt: SSHAttempt) async {
        switch attempt {
        case .none: await take(library.authenticateByNothing())
        case .agent: askAgent()
        case .key(let index): await tryKey(index)
        case .password:
            guard let password = await secret(passwordQuestion) else { return }
            guard case .answer(let text) = password else { return await nothingToSay() }
            await take(library.authenticate(withPassword: text))
        case .keyboardInteractive: await interact()
        }
    }

    private func tryKey(_ index: Int) async {
        switch candidates[index] {
        case .key(let key): await take(library.authenticate(with: key))
        case .locked(let path):
            if let unlocked { return await take(library.authenticate(with: unlocked)) }
            guard shell.answers.canAsk, !settings.isBatch else { return await nothingToSay() }
            let question = SSHAnswers.Question(
                subject: "key \(path)", prompt: "Passphrase for key \(path): ")
            guard let passphrase = await secret(question) else { return }
            guard case .answer(let text) = passphrase,
                let keys = await shell.identities.unlock(
                    path, passphrase: text, certificates: settings.certificateFiles),
                let key = keys.first
            else {
                settle(.wrong)
                return await nothingToSay()
            }
            settle(.right)
            unlocked = key
            await take(library.authenticate(with: key))
        }
    }

    private var passwordQuestion: SSHAnswers.Question {
        SSHAnswers.Question(
            subject: "password \(settings.user)", prompt: "Password of \(settings.user): ")
    }

    /// Answers the server's questions.
    ///
    /// One that is not hidden, or a second one, is answered with nothing: nobody can say for a
    /// thousand hosts what it means.
    private func interact() async {
        if !hasQuestions {
            let answer = library.answer(library.interact())
            guard case .asked = answer else { return await take(answer) }
            hasQuestions = true
        }
        let questions = library.questions
        if let index = questions.firstIndex(where: \.isSecret) {
            let text = questions[index].text
            let isPassword = text.lowercased().contains("password")
            let question =
                isPassword
                ? passwordQuestion
                : SSHAnswers.Question(
                    subject: "answer \(settings.user) \(text)",
                    prompt: "\(settings.user): \(text)")
            guard let decision = await secret(question) else { return }
            guard case .answer(let answer) = decision, library.setAnswer(answer, to: index) else {
                return await nothingToSay()
            }
        }
        hasQuestions = false
        await take(library.interact())
    }

    /// The decision about a secret; `nil` while it is waited for.
    private func secret(_ question: SSHAnswers.Question) async -> SSHAnswers.Decision? {
        if let answering, answering.question == question, answering.isOnTrial {
            return givenSecret
        }
        if answering == nil {
            let name = shell.answers.newSession()
            answering = Answering(question: question, session: name)
            shell.answers.request(question, for: name, wakeups: wakeups)
        }
        guard var current = answering else { return nil }
        guard let decision = shell.answers.take(question, for: current.session) else {
            if !current.hasSaidWaiting {
                current.hasSaidWaiting = true
                answering = current
                holdClock(true)
                session.sink.emit(.waiting(reason: "an answer to: \(question.prompt)"))
            }
            return nil
        }
        if current.hasSaidWaiting {
            holdClock(false)
            session.sink.emit(.proceeding)
        }
        current.isOnTrial = true
        answering = current
        givenSecret = decision
        return decision
    }

    /// Tells what has become of the secret that was tried.
    func settle(_ finding: SharedAnswer.Finding) {
        guard let current = answering else { return }
        answering = nil
        givenSecret = nil
        shell.answers.found(finding, on: current.question, by: current.session)
        shell.answers.withdraw(current.question, for: current.session)
    }

    private func nothingToSay() async {
        if let current = answering, current.isOnTrial { settle(.nothing) }
        pending = .nothing
        await perform(machine.answered(.nothingToSay))
    }

    private func take(_ code: Int32) async { await take(library.answer(code)) }

    private func take(_ answer: LibrarySession.Answer) async {
        switch answer {
        case .pending: return
        case .asked:
            // Another round of questions: the answers so far were right.
            hasQuestions = true
            settle(.right)
        case .answered(let result):
            pending = .nothing
            unlocked = nil
            switch result {
            case .accepted, .partial: settle(.right)
            case .denied:
                if answering != nil { known.hasSecretFailed = true }
                settle(.wrong)
            case .nothingToSay: settle(.nothing)
            }
            known.detail = ""
            await perform(machine.answered(result))
        case .failed:
            pending = .nothing
            settle(.nothing)
            await broken()
        }
    }

    // MARK: The agent

    /// Lets the agent's thread go on, if there is something new for it.
    private func askAgent() {
        guard mayAskAgent else { return }
        mayAskAgent = false
        let attempt = AgentAttempt(library)
        agent = attempt
        let wakeups = wakeups
        shell.agentCalls.begin { if attempt.make() { wakeups.post(.arrival) } }
    }

    /// Looks whether the agent's thread is done; `true` when it is.
    func agentMoved() async -> Bool {
        guard let code = agent?.take() else {
            if session.stop.level > .none { await stopped() }
            return false
        }
        agent = nil
        await take(library.answer(code))
        return true
    }

    /// Leaves the session to the agent's thread, if it is there.
    func leftToAgent() -> Bool {
        defer { agent = nil }
        return agent?.abandon() ?? false
    }
}
