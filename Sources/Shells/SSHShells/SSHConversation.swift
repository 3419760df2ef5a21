// SPDX-License-Identifier: Apache-2.0

import RunModel
import SSHSessionModel
import ShellContract
import SystemPackage
import TCPClosing
import TCPSockets

/// Drives an `SSHSessionMachine` over one connection until it is closed.
///
/// Theory of operation. Everything that can happen comes in through the session's mailbox. The
/// machine names one thing to do at a time (`pending`); it is tried, libssh is pumped until it has
/// nothing left to read or send, and it is tried again, until libssh says "again" with nothing
/// moved: then the conversation waits. Output is passed on before anything else is read, so that a
/// slow reader fills the channel's window and holds the remote command.
///
/// Confined to the task of its session, and so to the loop's thread.
final class SSHConversation {
    /// How a conversation ends.
    struct Ending {
        var end: SSHSessionEnd
        var record: ClosingRecord
        /// The host is known by keys of these types only: it must be asked again, for those.
        var mustShow: [String]?
    }

    /// What the machine has asked for and libssh has not yet done.
    enum Pending: Hashable {
        case nothing
        case keys
        case hostKey
        case attempt(SSHAttempt)
        case channel
        /// The variable of this number is being sent; the command once all are.
        case environment(Int)
        case command
    }

    let session: SSHSession
    let settings: SSHHostSettings
    let destination: Destination
    let socket: SharedTCPSocket
    let library: LibrarySession
    let candidates: [SSHIdentities.Candidate]
    let pass: SSHPass

    var machine: SSHSessionMachine
    var closer: Closer
    var pending = Pending.nothing
    var known: SSHFailure.Circumstances
    var mustShow: [String]?
    /// A secret that the session waits for, or tries.
    var answering: Answering?
    var givenSecret: SSHAnswers.Decision?
    /// Whether the server's questions are here and not answered yet.
    var hasQuestions = false
    /// The key of a locked file, once it is open.
    var unlocked: LibraryKey?
    /// A call that another thread is making.
    var agent: AgentAttempt?
    /// Whether something has moved since the agent's thread last looked.
    var mayAskAgent = false
    var ending: SSHSessionEnd?
    var record: ClosingRecord?
    var isDraining = false
    private var pump: SSHInputPump?
    private var unsent: [UInt8] = []
    private var unsentStart = 0
    private var inputEnded = false
    var clock = SSHSessionClock()
    var termination = SSHTermination()
    var hasSaidSignalled = false

    var wakeups: Wakeups { session.wakeups }
    var shell: SSHShell { session.shell }

    init(
        session: SSHSession, settings: SSHHostSettings, connection: SSHConnector.Opened,
        library: LibrarySession, candidates: [SSHIdentities.Candidate],
        plan: SSHAuthenticationPlan, pass: SSHPass
    ) {
        self.session = session
        self.settings = settings
        self.library = library
        self.candidates = candidates
        self.pass = pass
        destination = connection.destination
        socket = connection.socket
        machine = SSHSessionMachine(plan: plan)
        closer = Closer(session.shell.options.closing)
        known = SSHFailure.Circumstances(destination: connection.destination, user: settings.user)
        clock.alive = settings.aliveInterval.map {
            SSHSessionClock.Alive(interval: $0, limit: settings.aliveCount)
        }
    }

    /// Runs the conversation, with the input of the command beside it where there is some.
    func run() async -> Ending {
        await perform(machine.connected())
        guard let input = session.request.input else { return await converse() }
        let pump = SSHInputPump(input, wakeups: wakeups)
        self.pump = pump
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await pump.run() }
            let ending = await converse()
            group.cancelAll()
            return ending
        }
    }

    private func converse() async -> Ending {
        while true {
            while ending == nil, await advance() {}
            if let ending, let record {
                return Ending(end: ending, record: record, mustShow: mustShow)
            }
            let wakeup = await wakeups.next()
            // Acknowledgements tell that the socket takes bytes, which matters while there are some.
            if wakeup.isSubset(of: Self.writable), agent == nil, isDraining || !library.hasUnsent {
                continue
            }
            clock.heard(wakeup, at: .now)
            if session.stop.level > .none { await stopped() }
            guard wakeup.contains(.timer) else { continue }
            // What has come already has come in time, however late we look.
            if ending == nil { _ = await advance() }
            if ending == nil { await timeHasCome() }
        }
    }

    private static let writable = (0..<Wakeup.slotCount)
        .reduce(into: Wakeup()) { $0.formUnion(.writable($1)) }

    // MARK: One step

    /// Goes on as far as possible without waiting; `true` when there may be more to do at once.
    private func advance() async -> Bool {
        if isDraining { return await drain() }
        if agent != nil { return await agentMoved() }
        if session.stop.level > .none { await stopped() }
        guard ending == nil, !isDraining else { return ending == nil }
        guard let hasMoved = await pumped() else { return true }
        if await act() || hasMoved { return true }
        guard ending == nil, !isDraining, agent == nil else { return ending == nil }
        // What was tried may have written, and libssh sends it only when pumped again.
        return await pumped() ?? true
    }

    /// Lets libssh read and send; whether anything moved, or `nil` when that has failed.
    private func pumped() async -> Bool? {
        switch library.pump(socket.socket) {
        case .idle: return false
        case .moved:
            mayAskAgent = true
            return true
        case .failed:
            await passOn()
            await broken()
            return nil
        }
    }

    /// Tries what is pending, and passes on what has come; `true` when something has changed.
    private func act() async -> Bool {
        if case .awaitingBanner = machine.state, library.hasBanner {
            await perform(machine.bannerReceived())
        }
        let before = (machine, pending)
        switch pending {
        case .nothing: break
        case .keys: await exchangeKeys()
        case .hostKey: await judgeHostKey()
        case .attempt(let attempt): await advance(attempt)
        case .channel:
            await step(library.openChannel()) { await self.perform(self.machine.channelOpened()) }
        case .environment(let index): await sendEnvironment(index)
        case .command: await startCommand()
        }
        guard ending == nil, !isDraining else { return true }
        let hasOutput = await passOn()
        guard ending == nil, !isDraining else { return true }
        let hasSent = await sendInput()
        return hasOutput || hasSent || before != (machine, pending)
    }

    private func exchangeKeys() async {
        let result = library.exchangeKeys(socket.socket)
        if case .awaitingBanner = machine.state, library.hasBanner {
            await perform(machine.bannerReceived())
        }
        await step(result) {
            self.pending = .nothing
            await self.perform(self.machine.keysExchanged())
        }
    }

    private func judgeHostKey() async {
        pending = .nothing
        guard let key = library.hostKey() else { return await broken() }
        switch await shell.judge.judge(key, of: settings) {
        case .trusted: await perform(machine.hostKeyJudged(isTrusted: true))
        case .accepted(let notice):
            session.sink.emit(.notice(notice))
            await perform(machine.hostKeyJudged(isTrusted: true))
        case .refused(let reason):
            known.hostKey = "\(destination): \(reason)"
            await perform(machine.hostKeyJudged(isTrusted: false))
        case .knownBy(let types):
            mustShow = types
            known.hostKey = """
                \(destination) is known by \(types.joined(separator: ", ")) and shows \(key.type) \
                \(key.fingerprint ?? "")
                """
            await perform(machine.hostKeyJudged(isTrusted: false))
        }
    }

    private func sendEnvironment(_ index: Int) async {
        guard let channel = library.channel, index < settings.environment.count else {
            pending = .command
            return
        }
        let variable = settings.environment[index]
        // Servers refuse what their AcceptEnv does not list; that is no failure.
        if channel.setEnvironment(variable.name, variable.value) != LibraryChannel.again {
            pending = library.isBroken ? .nothing : .environment(index + 1)
            if library.isBroken { await broken() }
        }
    }

    private func startCommand() async {
        guard let channel = library.channel else { return await broken() }
        let code = channel.execute(session.request.command.joined(separator: " "))
        if code == LibraryChannel.again { return }
        pending = .nothing
        if code == LibraryChannel.done {
            await perform(machine.commandStarted())
        } else if library.isBroken {
            await broken()
        } else {
            known.detail = library.errorText
            await perform(machine.refused())
        }
    }

    private func step(_ result: LibrarySession.Step, done: () async -> Void) async {
        switch result {
        case .again: break
        case .done:
            pending = .nothing
            await done()
        case .failed:
            pending = .nothing
            if library.isBroken || machine.phase != .channel {
                await broken()
            } else {
                known.detail = library.errorText
                await perform(machine.refused())
            }
        }
    }

    /// libssh has given up: the connection ended, or what came over it was wrong.
    func broken() async {
        pending = .nothing
        if case .awaitingBanner = machine.state, library.hasBanner {
            await perform(machine.bannerReceived())
            pending = .nothing
        }
        let (text, hasLostConnection) = (library.errorText, library.hasLostConnection)
        let lastWords = library.lastWords()
        known.detail = lastWords ?? (hasLostConnection ? "" : text)
        if lastWords != nil || hasLostConnection || text.isEmpty {
            await perform(machine.connectionEnded())
        } else {
            await perform(machine.protocolBroken())
        }
    }

    // MARK: The command

    /// Passes on what has come; waits for the reader.
    ///
    /// Then tells the machine how far it is.
    @discardableResult
    private func passOn() async -> Bool {
        guard let channel = library.channel, case .streaming = machine.state else { return false }
        let pieces = channel.takePieces()
        for piece in pieces { await session.sink.output(piece.stream, piece.bytes) }
        if let status = channel.status { await perform(machine.statusArrived(status)) }
        if channel.outputEnded { await perform(machine.outputEnded()) }
        if channel.isClosed { await perform(machine.channelClosed()) }
        return !pieces.isEmpty
    }

    /// Sends what the channel takes; more input is taken only when all before it has gone.
    private func sendInput() async -> Bool {
        guard case .streaming(let streaming) = machine.state, streaming.status == nil,
            !inputEnded, !library.hasUnsent, let channel = library.channel
        else { return false }
        if unsentStart == unsent.count {
            (unsent, unsentStart) = ([], 0)
            guard let pump else {
                inputEnded = true
                channel.endInput()
                return true
            }
            switch pump.take() {
            case nil: return false
            case .bytes(let bytes): unsent = bytes
            case .end:
                inputEnded = true
                channel.endInput()
                return true
            case .failed(let message):
                known.detail = message
                await perform(machine.failedHere())
                return true
            }
        }
        guard let count = channel.write(unsent, from: unsentStart) else {
            // The channel takes no more; what became of the command is told by the reading side.
            inputEnded = true
            return false
        }
        unsentStart += count
        return count > 0
    }

    // MARK: Actions

    func perform(_ actions: [SSHSessionMachine.Action]) async {
        for action in actions {
            switch action {
            case .enter(let phase): enter(phase)
            case .exchangeKeys: pending = .keys
            case .judgeHostKey: pending = .hostKey
            case .authenticate(let attempt): begin(attempt)
            case .openChannel: pending = .channel
            case .startCommand: pending = .environment(0)
            case .running: session.sink.emit(.running)
            case .statusArrived:
                inputEnded = true
                session.sink.emit(.closing)
            case .sendSignal(let signal): library.channel?.signal(signal)
            case .disconnect: disconnect()
            case .reset: reset()
            case .end(let end): ending = end
            }
        }
        if record != nil, ending == nil {
            for action in machine.closed() {
                if case .end(let end) = action { ending = end }
            }
        }
    }

    private func enter(_ phase: SSHPhase) {
        // From here on the server counts the connection no more.
        if phase == .channel { pass.end(.passed) }
        let limit = shell.options.limits[phase]
        // A failure is told with the limit of its own phase, not with that of closing.
        if phase != .closing { known.limit = limit }
        clock.enter(phase, limit: limit, at: .now, behind: shell.loop.behind)
        arm()
    }

    /// Sees to it that the loop wakes the session when its next time comes.
    func arm() {
        if let instant = clock.mustArm() { shell.loop.post(.timer, to: wakeups, at: instant) }
    }

    /// The time of this phase does not count while a person thinks.
    func holdClock(_ isHeld: Bool) {
        clock.hold(isHeld, limit: known.limit, at: .now, behind: shell.loop.behind)
        arm()
    }
}
