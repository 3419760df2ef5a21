// SPDX-License-Identifier: Apache-2.0

import RunModel
import SSHSessionModel
import ShellContract
import SystemPackage
import TCPClosing
import TCPSockets

extension SSHConversation {
    // MARK: Time and stops

    func timeHasCome() async {
        let now = ContinuousClock.now
        clock.fired(at: now)
        if clock.isOver(at: now, behind: shell.loop.behind), let phase = clock.phase {
            if phase == .closing {
                await finishClosing(closer.deadlinePassed())
            } else {
                await perform(machine.timePassed(in: phase))
            }
        }
        switch clock.aliveCheck(at: now) {
        case .nothing: break
        case .ask: library.keepAlive()
        case .silent: await perform(machine.wentSilent())
        }
        if session.stop.level > .none { await stopped() }
        arm()
    }

    func stopped() async {
        guard ending == nil else { return }
        switch session.stop.level {
        case .none: return
        case .abort:
            if case .streaming(let streaming) = machine.state, streaming.status == nil,
                !hasSaidSignalled
            {
                hasSaidSignalled = true
                session.sink.emit(.notice(SSHFailure.mayStillRun))
            }
            await perform(machine.abandoned())
        case .signal:
            let now = ContinuousClock.now
            if let signal = termination.signalDue(at: now) {
                await perform(machine.signalDue(signal))
                shell.loop.post(.timer, to: wakeups, at: now + SSHTermination.patience)
            }
        }
    }

    // MARK: Closing

    func disconnect() {
        pending = .nothing
        settle(.nothing)
        guard !library.isBroken else { return reset() }
        library.disconnect(socket.socket)
        library.free()
        isDraining = true
        carryOut(closer.finished())
    }

    func reset() {
        pending = .nothing
        // Whoever waits for the same secret must not wait for us.
        settle(.nothing)
        if !leftToAgent() { library.free() }
        // Who ended it shows in the socket: what libssh saw is not told.
        if closer.record == nil {
            switch try? socket.socket.receive(upTo: 1) {
            case .end: carryOut(closer.endOfStream() + closer.finished())
            case .bytes, .nothing: carryOut(closer.abort())
            case nil: carryOut(closer.failed())
            }
        }
        record = closer.record
    }

    /// Reads and throws away what comes after our goodbye, until the server closes.
    func drain() async -> Bool {
        for _ in 0..<16 {
            do throws(Errno) {
                switch try socket.socket.receive(upTo: 16_384) {
                case .bytes: continue
                case .nothing: return false
                case .end:
                    await finishClosing(closer.endOfStream())
                    return true
                }
            } catch {
                await finishClosing(closer.failed())
                return true
            }
        }
        await Task.yield()
        return true
    }

    func finishClosing(_ actions: [Closer.Action]) async {
        carryOut(actions)
        if record != nil { await perform([]) }
    }

    func carryOut(_ actions: [Closer.Action]) {
        for action in actions {
            switch action {
            case .readToEnd: break
            case .shutDownWriting: try? socket.socket.shutDownWriting()
            case .closeInOrder: try? socket.socket.setLingerReset(false)
            case .reset: break
            }
        }
        record = closer.record
    }
}
