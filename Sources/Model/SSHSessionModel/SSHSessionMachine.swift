// SPDX-License-Identifier: Apache-2.0

/// One ssh session from the open TCP connection to the closed one: what has happened, and what to
/// do next.
///
/// A machine without I/O. Its driver performs the actions over a connection and tells it what came
/// of them. Every session ends exactly once; from wherever it ends, the connection is closed first.
package struct SSHSessionMachine: Hashable, Sendable {
    /// Where the session is.
    package enum State: Hashable, Sendable {
        /// No connection yet. Leaves when it is open.
        case connecting
        /// Leaves when the server has identified itself.
        case awaitingBanner
        /// Leaves when both ends have the same keys.
        case exchangingKeys
        /// Leaves with the verdict on the server's key.
        case judgingHostKey
        /// This request has been made. Leaves when the server lets us in, or nothing is left to try.
        case authenticating(SSHAttempt)
        /// Leaves when the server has opened the channel.
        case openingChannel
        /// Leaves when the server has taken the command.
        case startingCommand
        /// The command runs. Leaves when its status is here and its output has ended, or when the
        /// channel is gone.
        case streaming(Streaming)
        /// The connection is being closed; the end is decided.
        case closing(SSHSessionEnd)
        /// Over.
        case ended(SSHSessionEnd)
    }

    /// What is known of a command that runs.
    package struct Streaming: Hashable, Sendable {
        /// How it ended, once the server has said.
        package var status: SSHCommandStatus?
        /// Whether its output has ended.
        package var outputEnded = false
    }

    /// A step for the driver, to be taken in the order given.
    package enum Action: Hashable, Sendable {
        /// Start the clock of this phase; the one before it stops.
        case enter(SSHPhase)
        /// Exchange identifications and keys.
        case exchangeKeys
        /// Compare the server's key with what is known.
        case judgeHostKey
        /// Make this request.
        case authenticate(SSHAttempt)
        /// Open a channel.
        case openChannel
        /// Send the environment and the command.
        case startCommand
        /// The server has taken the command: say so, and begin with the input.
        case running
        /// The status is here: say so, and send no more input.
        case statusArrived
        /// Send this signal to the command (RFC 4254 section 6.9).
        case sendSignal(SSHSignal)
        /// Close the channel, send DISCONNECT, and let the server close the connection first.
        case disconnect
        /// End the connection now.
        case reset
        /// The session is over.
        case end(SSHSessionEnd)
    }

    package private(set) var state = State.connecting
    private var attempts: SSHAttempts

    /// Makes the machine of one session.
    package init(plan: SSHAuthenticationPlan) { attempts = SSHAttempts(plan) }

    /// The phase of the session; `nil` once it is over.
    package var phase: SSHPhase? {
        switch state {
        case .connecting: .connecting
        case .awaitingBanner: .banner
        case .exchangingKeys: .keyExchange
        case .judgingHostKey: .hostKey
        case .authenticating: .authentication
        case .openingChannel: .channel
        case .startingCommand: .exec
        case .streaming: .streaming
        case .closing: .closing
        case .ended: nil
        }
    }

    // MARK: Progress

    /// The TCP connection is open.
    package mutating func connected() -> [Action] {
        guard case .connecting = state else { return unexpected("connected") }
        state = .awaitingBanner
        return [.enter(.banner), .exchangeKeys]
    }

    /// The server has identified itself.
    package mutating func bannerReceived() -> [Action] {
        guard case .awaitingBanner = state else { return unexpected("bannerReceived") }
        state = .exchangingKeys
        return [.enter(.keyExchange)]
    }

    /// Both ends have the same keys.
    package mutating func keysExchanged() -> [Action] {
        guard case .exchangingKeys = state else { return unexpected("keysExchanged") }
        state = .judgingHostKey
        return [.enter(.hostKey), .judgeHostKey]
    }

    /// The verdict on the server's key is here.
    package mutating func hostKeyJudged(isTrusted: Bool) -> [Action] {
        guard case .judgingHostKey = state else { return unexpected("hostKeyJudged") }
        guard isTrusted else { return fail(.hostKeyRefused, in: .hostKey, isOpen: true) }
        guard let attempt = attempts.first() else {
            return fail(.nothingToTry, in: .authentication, isOpen: true)
        }
        state = .authenticating(attempt)
        return [.enter(.authentication), .authenticate(attempt)]
    }

    /// What came of the request for authentication.
    package mutating func answered(_ result: SSHAttemptResult) -> [Action] {
        guard case .authenticating(let attempt) = state else { return unexpected("answered") }
        let next: SSHAttempt?
        switch result {
        case .accepted:
            state = .openingChannel
            return [.enter(.channel), .openChannel]
        case .denied(let offered): next = attempts.afterDenial(of: attempt, offered: offered)
        case .partial(let offered): next = attempts.afterPartial(offered: offered)
        case .nothingToSay: next = attempts.afterNothing()
        }
        guard let next else { return fail(.denied, in: .authentication, isOpen: true) }
        state = .authenticating(next)
        return [.authenticate(next)]
    }

    /// The server has opened the channel.
    package mutating func channelOpened() -> [Action] {
        guard case .openingChannel = state else { return unexpected("channelOpened") }
        state = .startingCommand
        return [.enter(.exec), .startCommand]
    }

    /// The server will not open a channel, or not start the command.
    package mutating func refused() -> [Action] {
        switch state {
        case .openingChannel: fail(.refused, in: .channel, isOpen: true)
        case .startingCommand: fail(.refused, in: .exec, isOpen: true)
        case .connecting, .awaitingBanner, .exchangingKeys, .judgingHostKey, .authenticating,
            .streaming, .closing, .ended:
            unexpected("refused")
        }
    }

    /// The server has taken the command.
    package mutating func commandStarted() -> [Action] {
        guard case .startingCommand = state else { return unexpected("commandStarted") }
        state = .streaming(Streaming())
        return [.enter(.streaming), .running]
    }

    // MARK: The command

    /// The server says how the command ended.
    ///
    /// Only the first word counts.
    package mutating func statusArrived(_ status: SSHCommandStatus) -> [Action] {
        guard case .streaming(var streaming) = state, streaming.status == nil else { return [] }
        streaming.status = status
        state = .streaming(streaming)
        return [.statusArrived] + finishIfComplete(streaming)
    }

    /// The output of the command has ended (RFC 4254 section 5.3, EOF).
    package mutating func outputEnded() -> [Action] {
        guard case .streaming(var streaming) = state, !streaming.outputEnded else { return [] }
        streaming.outputEnded = true
        state = .streaming(streaming)
        return finishIfComplete(streaming)
    }

    /// The server has closed the channel; nothing more of the command can come.
    package mutating func channelClosed() -> [Action] {
        switch state {
        case .streaming(let streaming): close(.finished(streaming.status), isOpen: true)
        case .startingCommand: fail(.refused, in: .exec, isOpen: true)
        case .connecting, .awaitingBanner, .exchangingKeys, .judgingHostKey, .authenticating,
            .openingChannel, .closing, .ended:
            []
        }
    }

    private mutating func finishIfComplete(_ streaming: Streaming) -> [Action] {
        guard let status = streaming.status, streaming.outputEnded else { return [] }
        return close(.finished(status), isOpen: true)
    }

    // MARK: What may come at any time

    /// The server has closed the connection, or it broke.
    package mutating func connectionEnded() -> [Action] {
        switch state {
        case .streaming(let streaming) where streaming.status != nil:
            // The status is the command's; a server that then goes without a word is no failure.
            close(.finished(streaming.status), isOpen: false)
        case .connecting, .awaitingBanner, .exchangingKeys, .judgingHostKey, .authenticating,
            .openingChannel, .startingCommand, .streaming:
            fail(.connectionLost, in: phase ?? .closing, isOpen: false)
        case .closing, .ended: []
        }
    }

    /// The server broke the protocol, or speaks none that we do.
    package mutating func protocolBroken() -> [Action] {
        switch state {
        case .connecting, .awaitingBanner, .exchangingKeys, .judgingHostKey, .authenticating,
            .openingChannel, .startingCommand, .streaming:
            fail(.protocolError, in: phase ?? .closing, isOpen: false)
        case .closing, .ended: []
        }
    }

    /// This machine could not do its part: no descriptor, no memory, lost input.
    package mutating func failedHere() -> [Action] {
        switch state {
        case .connecting, .awaitingBanner, .exchangingKeys, .judgingHostKey, .authenticating,
            .openingChannel, .startingCommand, .streaming:
            fail(.localResources, in: phase ?? .closing, isOpen: false)
        case .closing, .ended: []
        }
    }

    /// The phase has taken longer than it may.
    package mutating func timePassed(in passed: SSHPhase) -> [Action] {
        switch state {
        case .connecting, .awaitingBanner, .exchangingKeys, .judgingHostKey, .authenticating,
            .openingChannel, .startingCommand:
            // A clock of a phase that has just been left.
            guard passed == phase else { return [] }
            return fail(.timePassed, in: passed, isOpen: false)
        case .streaming, .closing, .ended: return []
        }
    }

    /// The keepalive has gone unanswered.
    package mutating func wentSilent() -> [Action] {
        guard case .streaming(let streaming) = state else { return [] }
        if streaming.status != nil { return close(.finished(streaming.status), isOpen: false) }
        return fail(.timePassed, in: .streaming, isOpen: false)
    }

    /// Whoever waits asks for an early end, in order: this signal is due.
    package mutating func signalDue(_ signal: SSHSignal) -> [Action] {
        switch state {
        case .streaming(let streaming):
            // A command whose status is here has no process to signal.
            return streaming.status == nil ? [.sendSignal(signal)] : []
        case .connecting, .awaitingBanner, .exchangingKeys, .judgingHostKey, .authenticating,
            .openingChannel, .startingCommand:
            return abandoned()
        case .closing, .ended: return []
        }
    }

    /// Whoever waits will wait no longer.
    package mutating func abandoned() -> [Action] {
        switch state {
        case .connecting, .awaitingBanner, .exchangingKeys, .judgingHostKey, .authenticating,
            .openingChannel, .startingCommand:
            return close(.stopped(phase ?? .closing), isOpen: false)
        case .streaming(let streaming):
            // A command that has ended has ended, though its output may not be complete.
            if streaming.status != nil { return close(.finished(streaming.status), isOpen: false) }
            return close(.stopped(.streaming), isOpen: false)
        case .closing: return [.reset]
        case .ended: return []
        }
    }

    /// The connection is closed.
    package mutating func closed() -> [Action] {
        switch state {
        case .closing(let end):
            state = .ended(end)
            return [.end(end)]
        case .connecting, .awaitingBanner, .exchangingKeys, .judgingHostKey, .authenticating,
            .openingChannel, .startingCommand, .streaming:
            return unexpected("closed")
        case .ended: return []
        }
    }

    private mutating func fail(
        _ reason: SSHSessionEnd.Reason, in phase: SSHPhase, isOpen: Bool
    ) -> [Action] {
        close(.failed(reason, phase), isOpen: isOpen)
    }

    /// Closes the connection; an open one is one whose server can still be told, and waited for.
    private mutating func close(_ end: SSHSessionEnd, isOpen: Bool) -> [Action] {
        state = .closing(end)
        return [.enter(.closing), isOpen ? .disconnect : .reset]
    }

    /// The driver has told what cannot have happened here.
    private func unexpected(_ event: String) -> [Action] {
        preconditionFailure("\(event) in \(state)")
    }
}
