// SPDX-License-Identifier: Apache-2.0

import HostSets
import RcmdProtocol
import RunModel
import ShellContract
import SystemPackage
import TCPClosing
import TCPSockets

/// Drives an `RcmdMachine` over its two connections until it ends.
///
/// Confined to the task of its session: everything that can happen comes in through one mailbox.
final class RshConversation {
    /// How a conversation ends.
    enum Ending {
        case ended(RcmdEnd)
        /// Nothing ran: whose stderr connection came cannot be known. To be said when it begins
        /// again: whether its server has kept others waiting.
        case restart(isSlow: Bool)
        /// Nothing ran: this machine or the request is at fault.
        case failed(HostFailure)
    }

    /// One of the two connections.
    struct Connection {
        var socket: SharedTCPSocket
        var closer: Closer
        var watch: WatchToken?
        var ended = false
    }

    /// Bytes read at once: small at first, because most answers are.
    private static let firstReadLength = 4096
    private static let readLength = 65_536
    /// The remote end reads all of an input that is not framed, whether the command does or not.
    private static let unframedInputLimit = 65_536
    /// How many reads before other sessions have their turn.
    private static let readsPerTurn = 8

    let session: RshSession
    let destination: Destination
    var primary: Connection
    var stderr: Connection?
    var machine: RcmdMachine
    var handshake: StderrListeners.Handshake?
    var portWasNamed = false
    /// Why the session has said that it waits, if it has.
    var waitReason: String?
    var wireRequest: RcmdRequest?
    /// What the socket has not taken yet, and from where on.
    var unsent: [UInt8] = []
    var unsentStart = 0
    var pump: RshInputPump?
    var ending: Ending?
    var termination = RshTermination()

    var commandLength: Int { wireRequest?.commandLength ?? 0 }
    private var shell: RshShell { session.shell }
    private var wakeups: Wakeups { session.wakeups }

    init(session: RshSession, primary: SharedTCPSocket, destination: Destination) {
        self.session = session
        self.destination = destination
        self.primary = Connection(
            socket: primary, closer: Closer(session.shell.options.closing), watch: nil)
        machine = RcmdMachine(marker: session.shell.marker, usesStderrConnection: false)
    }

    /// Runs the conversation, with the input of the command beside it where there is some.
    ///
    /// `isSlow` is what the restart said that this follows, if it does.
    func run(isSlow: Bool) async -> Ending {
        if let listeners = shell.listeners {
            handshake = listeners.begin(
                towards: destination.address, isSlow: isSlow, wakeups: wakeups)
            if handshake?.isWaiting == true {
                speakLater(
                    of: RshFailure.waitingForListener, after: RshTermination.listenerPatience)
            }
        } else {
            await begin(stderrPort: nil, commandMustWait: false)
        }
        guard let input = session.request.input else { return await converse() }
        let pump = RshInputPump(input, wakeups: wakeups)
        self.pump = pump
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await pump.run() }
            let ending = await converse()
            group.cancelAll()
            return ending
        }
    }

    /// Closes both connections as the policy says; the record is the primary's.
    func closeAll() -> ClosingRecord {
        if let handshake {
            shell.listeners?.end(handshake, portWasNamed: portWasNamed)
        }
        if let stderr { _ = close(stderr) }
        return close(primary)
    }

    private func close(_ connection: Connection) -> ClosingRecord {
        var connection = connection
        var actions = connection.closer.finished()
        if connection.closer.record == nil { actions = connection.closer.abort() }
        if actions.contains(.closeInOrder) || isClosedInOrder(connection.closer) {
            try? connection.socket.socket.setLingerReset(false)
        }
        if let watch = connection.watch { shell.loop.forget(watch) }
        guard let record = connection.closer.record else {
            preconditionFailure("a closer that was aborted has a record")
        }
        return record
    }

    private func isClosedInOrder(_ closer: Closer) -> Bool { closer.record?.byReset == false }

    private func converse() async -> Ending {
        while true {
            if let ending { return ending }
            let wakeup = await wakeups.next()
            if session.stop.level > .none || wakeup.contains(.timer) { await stopOrWait() }
            if ending == nil, wakeup.contains(.arrival) { await handshakeMoved() }
            if ending == nil, wakeup.contains(.readable(0)) {
                await readPrimary(isGone: wakeup.contains(.gone(0)))
            }
            if ending == nil, wakeup.contains(.readable(1)) {
                await readStderr(isGone: wakeup.contains(.gone(1)))
            }
            if ending == nil, wakeup.contains(.writable(0)) || wakeup.contains(.input) { send() }
        }
    }

    // MARK: The request and the stderr connection

    func begin(stderrPort: UInt16?, commandMustWait: Bool) async {
        let input: RemoteCommand.Input =
            switch session.request.input {
            case nil: .none
            case let input?:
                switch input.finalLength {
                case 0?: .none
                case let length? where length <= Self.unframedInputLimit: .bytes(length)
                case _: .pieces
                }
            }
        let command = RemoteCommand(
            session.request.command.joined(separator: " "), input: input, marker: shell.marker)
        pump?.isFramed = input == .pieces
        do throws(RcmdRequest.Fault) {
            wireRequest = try RcmdRequest(
                stderrPort: stderrPort, localUser: shell.options.localUser,
                remoteUser: session.request.host.user ?? session.request.defaultUser
                    ?? shell.options.remoteUser,
                command: command.line)
        } catch {
            ending = .failed(RshFailure.request(error))
            return
        }
        machine = RcmdMachine(
            marker: shell.marker, usesStderrConnection: stderrPort != nil,
            commandWaitsForStderr: commandMustWait)
        portWasNamed = true
        await perform(machine.opened())
    }

    private func handshakeMoved() async {
        guard let handshake else { return }
        for event in handshake.take() {
            switch event {
            case .admitted(let port, let commandMustWait):
                waitIsOver()
                await begin(stderrPort: port, commandMustWait: commandMustWait)
            case .held:
                speakLater(of: RshFailure.waitingForOthers, after: RshTermination.holdPatience)
            case .matched(let arrival, let isStranger):
                self.handshake = nil
                waitIsOver()
                await stderrArrived(
                    arrival.connection, peer: arrival.peer, isStranger: isStranger)
            case .restart(let isSlow):
                self.handshake = nil
                waitIsOver()
                ending = .restart(isSlow: isSlow)
            case .failed(let code):
                self.handshake = nil
                ending = .failed(RshFailure.listeners(code))
            }
        }
    }

    /// Most waits for a listener, or for others, last milliseconds; a person hears of those that do
    /// not, and they are no time that it takes to connect.
    private func speakLater(of reason: String, after patience: Duration) {
        let moment = ContinuousClock.now + patience
        termination.wait = RshTermination.Wait(reason: reason, silentUntil: moment)
        shell.loop.post(.timer, to: wakeups, at: moment)
    }

    private func waitIsOver() {
        if waitReason != nil { session.sink.emit(.proceeding) }
        waitReason = nil
        termination.wait = nil
    }

    private func stderrArrived(
        _ socket: SharedTCPSocket, peer: Destination, isStranger: Bool
    ) async {
        if isStranger {
            guard !shell.options.refusesStrangers else {
                ending = .failed(
                    HostFailure(.protocolError, RshFailure.stranger(peer, destination)))
                return
            }
            if shell.isFirstStranger() {
                session.sink.emit(.notice(RshFailure.strangerNotice(peer, destination)))
            }
        }
        do throws(Errno) {
            let watch = try shell.loop.watch(socket.socket, for: wakeups, slot: 1)
            stderr = Connection(
                socket: socket, closer: Closer(shell.options.closing), watch: watch)
        } catch {
            ending = .failed(RshFailure.listeners(error))
            return
        }
        await perform(machine.stderrConnected())
    }

    // MARK: Reading

    private func readPrimary(isGone: Bool) async {
        await read(
            primary.socket, slot: 0, isGone: isGone,
            received: { await self.perform(self.machine.received($0)) },
            ended: { reset in
                guard !self.primary.ended else { return }
                self.primary.ended = true
                _ = reset ? self.primary.closer.failed() : self.primary.closer.endOfStream()
                await self.perform(self.machine.primaryEnded(reset: reset))
                if self.ending == nil, self.machine.awaitsStderr {
                    self.shell.loop.post(
                        .timer, to: self.wakeups, at: .now + RshTermination.stderrPatience)
                    self.termination.primaryEndedAt = .now
                }
            })
    }

    private func readStderr(isGone: Bool) async {
        guard let stderr else { return }
        await read(
            stderr.socket, slot: 1, isGone: isGone,
            received: { await self.perform(self.machine.receivedStderr($0)) },
            ended: { reset in
                guard self.stderr?.ended == false else { return }
                self.stderr?.ended = true
                _ = reset ? self.stderr?.closer.failed() : self.stderr?.closer.endOfStream()
                await self.perform(self.machine.stderrEnded())
            })
    }

    /// Reads until there is no more, or others should have their turn.
    private func read(
        _ socket: SharedTCPSocket, slot: Int, isGone: Bool,
        received: ([UInt8]) async -> Void, ended: (_ reset: Bool) async -> Void
    ) async {
        var length = Self.firstReadLength
        for _ in 0..<Self.readsPerTurn {
            if ending != nil { return }
            do throws(Errno) {
                switch try socket.socket.receive(upTo: length) {
                case .bytes(let bytes, let wasFull):
                    await received(bytes)
                    // Edge-triggered: the next bytes wake us again, an end that has been told
                    // already does not.
                    if !wasFull, !isGone { return }
                    length = Self.readLength
                case .nothing: return
                case .end: return await ended(false)
                }
            } catch {
                return await ended(true)
            }
        }
        wakeups.post(isGone ? [.readable(slot), .gone(slot)] : .readable(slot))
        await Task.yield()
    }

    // MARK: Actions

    func perform(_ actions: [RcmdMachine.Action]) async {
        for action in actions {
            switch action {
            case .sendRequest(let part): send(part)
            case .running: session.sink.emit(.running)
            case .deliver(.output, let bytes):
                await session.sink.output(.standardOutput, bytes)
            case .deliver(.error, let bytes): await session.sink.output(.standardError, bytes)
            case .statusArrived:
                session.sink.emit(.closing)
                // Announced pieces may end early. Of a length that was named, the remote head waits
                // for the rest, and keeps the connection open until it has it or finds its reader
                // gone.
                if pump?.isFramed == true { pump?.finish() }
                send()
                if shell.options.closing == .localFirst { shutDownFirst() }
            case .sendSignal(let signal): _ = try? stderr?.socket.socket.send([signal], from: 0)
            case .end(let end): ending = .ended(end)
            }
        }
    }

    private func send(_ part: RcmdMachine.RequestPart) {
        guard let wireRequest else { return }
        switch part {
        case .whole: unsent += wireRequest.bytes
        case .port: unsent += wireRequest.bytes.prefix(wireRequest.portLength)
        case .rest: unsent += wireRequest.bytes.dropFirst(wireRequest.portLength)
        }
        send()
    }

    /// Sends what the socket takes; more input is taken only when all before it has gone.
    private func send() {
        while true {
            if unsentStart == unsent.count {
                (unsent, unsentStart) = ([], 0)
                guard case .streaming = machine.state, let more = pump?.take() else { return }
                switch more {
                case .bytes(let bytes): unsent = bytes
                case .failed(let message):
                    ending = .failed(HostFailure(.localResources, message))
                    return
                }
            }
            do throws(Errno) {
                let count = try primary.socket.socket.send(unsent, from: unsentStart)
                if count == 0 { return }
                unsentStart += count
            } catch {
                // The reading side tells what became of the connection, after all that came.
                (unsent, unsentStart) = ([], 0)
                pump?.finish()
                return
            }
        }
    }

    /// The local-first policy: our FIN goes as soon as the status is here.
    private func shutDownFirst() {
        guard !primary.ended else { return }
        try? primary.socket.socket.shutDownWriting()
        // Its FIN may be here already, behind what we have read.
        if (try? primary.socket.socket.remoteClosedFirst()) != false {
            _ = primary.closer.endOfStream()
        }
        _ = primary.closer.finished()
    }

    // MARK: Stopping

    /// A stop was asked for, or a time has come.
    private func stopOrWait() async {
        if termination.stderrIsOverdue(at: .now), machine.lacksOnlyStderr, machine.awaitsStderr {
            await perform(machine.stderrEnded())
        }
        if waitReason == nil, let reason = termination.overdueWait(at: .now) {
            waitReason = reason
            session.sink.emit(.waiting(reason: reason))
        }
        guard ending == nil else { return }
        switch session.stop.level {
        case .none: return
        case .abort: await perform(machine.abandoned())
        case .signal:
            guard let signal = termination.signalDue(at: .now) else { return }
            let actions = machine.signalDue(signal)
            // Without a way to signal, resetting the connection is all there is.
            await perform(actions.isEmpty ? machine.abandoned() : actions)
            shell.loop.post(.timer, to: wakeups, at: .now + RshTermination.repetition)
        }
    }
}
