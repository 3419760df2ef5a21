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
        var mustShow: [String]?
        while true {
            let (end, types) = await attempt(
                settings, addresses, candidates, plan, onlyTypes: mustShow)
            guard let types, mustShow == nil else { return end }
            // Nothing ran: the server is asked for a key of a type that it is known by.
            mustShow = types
        }
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
        _ settings: SSHHostSettings, _ addresses: [InternetAddress],
        _ candidates: [SSHIdentities.Candidate], _ plan: SSHAuthenticationPlan,
        onlyTypes: [String]?
    ) async -> (SessionEnd, mustShow: [String]?) {
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
            case .stopped: return (stopped, nil)
            case .timePassed:
                let name = "\(settings.hostName):\(settings.port)"
                return (
                    SessionEnd(.notReached(SSHFailure.noAnswer(from: name, within: limit))), nil
                )
            case .refused(let destination, let code):
                return (
                    SessionEnd(.notReached(SSHFailure.connecting(to: destination, code))), nil
                )
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
            return (SessionEnd(.notReached(failure)), nil)
        }
        let conversation = SSHConversation(
            session: self, settings: settings, connection: connection, library: library,
            candidates: candidates, plan: plan)
        let ending = await conversation.run()
        let outcome = SSHFailure.outcome(of: ending.end, conversation.known)
        let port = (try? connection.socket.socket.localPort()) ?? 0
        let note = ClosingNote(
            closedFirst: ending.record.closedFirst.rawValue,
            leftHere: ending.record.leftHere.rawValue, localPort: Int(port))
        return (SessionEnd(outcome, closing: note), ending.mustShow)
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
