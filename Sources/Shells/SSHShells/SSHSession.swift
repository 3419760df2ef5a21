// SPDX-License-Identifier: Apache-2.0

import HostSets
import RunModel
import SSHSessionModel
import ShellContract
import TCPClosing
import TCPSockets

/// One host's session: settings, name, connection, conversation, closing, in that order.
struct SSHSession {
    let shell: SSHShell
    let request: SessionRequest
    let stop: SessionStop
    let sink: any SessionSink
    let wakeups: Wakeups
    let settings: SSHHostSettings

    func run() async -> SessionEnd {
        if stop.level > .none { return stopped }
        let candidates = await shell.identities.candidates(
            in: settings.identityFiles, certificates: settings.certificateFiles)
        let plan = plan(settings, candidates)
        let addresses: [InternetAddress]
        do {
            addresses = try await shell.resolver.addresses(of: settings.hostName)
                .filter { Self.isUsable($0, settings.family) }
        } catch {
            return SessionEnd(.notReached(HostFailure(.nameResolution, error.message)))
        }
        guard !addresses.isEmpty else {
            return SessionEnd(
                .notReached(
                    HostFailure(.nameResolution, "\(settings.hostName): no address of this family"))
            )
        }
        return await connect(to: addresses, candidates, plan)
    }

    /// Connects as often as it takes: again for a key of another type, and again after a drop.
    ///
    /// Only what certainly never ran is repeated: the server had not said a word, or we had not said
    /// who we are.
    private func connect(
        to addresses: [InternetAddress], _ candidates: [SSHIdentities.Candidate],
        _ plan: SSHAuthenticationPlan
    ) async -> SessionEnd {
        guard let first = addresses.first else { return stopped }
        let network = SSHPace.Network(of: first)
        var random = SystemRandomNumberGenerator()
        var mustShow: [String]?
        var drops = 0
        while true {
            guard let leave = await leave(for: network) else { return stopped }
            if stop.level > .none {
                shell.pace.end(leave, .other, network)
                return stopped
            }
            let pass = SSHPass(pace: shell.pace, leave: leave, network: network)
            let attempt = await attempt(addresses, candidates, plan, pass, onlyTypes: mustShow)
            pass.end(attempt.wasDropped ? .dropped : .other)
            if attempt.wasDropped {
                drops += 1
                guard drops < shell.options.mostDrops,
                    await sleep(for: SSHBackoff.pause(after: drops, using: &random))
                else { return attempt.end }
                continue
            }
            guard let types = attempt.mustShow, mustShow == nil else { return attempt.end }
            mustShow = types
        }
    }

    /// Waits for leave to connect; `nil` when a stop was asked for.
    private func leave(for network: SSHPace.Network) async -> SSHPacing.Leave? {
        let name = shell.pace.want(network, wakeups: wakeups)
        var hasSaidWaiting = false
        while true {
            if let leave = shell.pace.take(name) {
                if hasSaidWaiting { sink.emit(.proceeding) }
                return leave
            }
            if !hasSaidWaiting {
                hasSaidWaiting = true
                sink.emit(.waiting(reason: SSHFailure.waitingForPace))
            }
            _ = await wakeups.next()
            if stop.level > .none {
                shell.pace.withdraw(name, network)
                return nil
            }
        }
    }

    /// Waits, and does not count it as connecting; `false` when a stop was asked for.
    private func sleep(for pause: Duration) async -> Bool {
        let end = ContinuousClock.now + pause
        sink.emit(.waiting(reason: SSHFailure.waitingAfterDrop))
        shell.loop.post(.timer, to: wakeups, at: end)
        while ContinuousClock.now < end {
            _ = await wakeups.next()
            if stop.level > .none { return false }
        }
        sink.emit(.proceeding)
        return true
    }

    /// What came of one connection.
    private struct Attempt {
        var end: SessionEnd
        var mustShow: [String]?
        /// Whether the server closed before it said anything.
        var wasDropped = false
    }

    private var stopped: SessionEnd {
        SessionEnd(
            .notReached(HostFailure(.connectionLost, "stopped before the command was sent")))
    }

    private static func isUsable(
        _ address: InternetAddress, _ family: SSHHostSettings.Family
    ) -> Bool {
        switch (family, address) {
        case (.any, _), (.v4, .v4), (.v6, .v6): true
        case (.v4, .v6), (.v6, .v4): false
        }
    }

    private func plan(
        _ settings: SSHHostSettings, _ candidates: [SSHIdentities.Candidate]
    ) -> SSHAuthenticationPlan {
        let mayBeRSA = candidates.contains { candidate in
            switch candidate {
            case .key(let key): key.isRSA
            case .locked: true
            }
        }
        let usesAgent = settings.agent != nil && !settings.identitiesOnly
        let first = candidates.first
        let beginsWithKey: Bool
        switch first {
        case .key?: beginsWithKey = !mayBeRSA
        case .locked?, nil: beginsWithKey = false
        }
        return SSHAuthenticationPlan(
            beginsWithNone: usesAgent || !beginsWithKey, usesAgent: usesAgent,
            keyCount: candidates.count, canAsk: shell.answers.canAsk && !settings.isBatch,
            allowed: settings.methods)
    }

    private func attempt(
        _ addresses: [InternetAddress], _ candidates: [SSHIdentities.Candidate],
        _ plan: SSHAuthenticationPlan, _ pass: SSHPass, onlyTypes: [String]?
    ) async -> Attempt {
        let limit = settings.connectTimeout ?? shell.options.limits.connecting
        let connector = SSHConnector(
            loop: shell.loop, wakeups: wakeups, localAddress: settings.localAddress,
            isStopped: { [stop] in stop.level > .none })
        let connection: SSHConnector.Opened
        do throws(SSHConnector.Failure) {
            connection = try await connector.connect(
                to: addresses, port: settings.port, within: limit)
        } catch {
            switch error {
            case .stopped: return Attempt(end: stopped)
            case .timePassed:
                let name = "\(settings.hostName):\(settings.port)"
                return Attempt(
                    end: SessionEnd(.notReached(SSHFailure.noAnswer(from: name, within: limit))))
            case .refused(let destination, let code):
                return Attempt(
                    end: SessionEnd(.notReached(SSHFailure.connecting(to: destination, code))))
            }
        }
        defer { shell.loop.forget(connection.watch) }
        guard
            let library = LibrarySession(
                settings.library(
                    hostKeys: shell.judge.algorithms(for: settings, onlyTypes: onlyTypes)),
                over: connection.socket.socket)
        else {
            let failure = HostFailure(
                .localResources,
                "\(connection.destination): no descriptor or memory for a session, or an algorithm list that libssh does not know"
            )
            return Attempt(end: SessionEnd(.notReached(failure)))
        }
        let conversation = SSHConversation(
            session: self, settings: settings, connection: connection, library: library,
            candidates: candidates, plan: plan, pass: pass)
        let ending = await conversation.run()
        let outcome = SSHFailure.outcome(of: ending.end, conversation.known)
        let port = (try? connection.socket.socket.localPort()) ?? 0
        let note = ClosingNote(
            closedFirst: ending.record.closedFirst.rawValue,
            leftHere: ending.record.leftHere.rawValue, localPort: Int(port))
        return Attempt(
            end: SessionEnd(outcome, closing: note), mustShow: ending.mustShow,
            wasDropped: ending.end == .failed(.connectionLost, .banner))
    }
}

extension SSHHostSettings {
    /// What libssh is told of them.
    fileprivate func library(hostKeys: String) -> LibrarySession.Settings {
        LibrarySession.Settings(
            user: user, hostKeyAlgorithms: hostKeys,
            keyExchange: keyExchange ?? SSHLibrary.keyExchange, ciphers: ciphers, macs: macs,
            publicKeyAlgorithms: publicKeyAlgorithms, usesCompression: usesCompression,
            agent: agent)
    }
}
