// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import RunModel
import SSHShells
import ShellContract
import Synchronization

/// Sends each host through the engine in this process, or through ssh(1) where its configuration
/// asks for what only that does.
///
/// The choice is made before anything is contacted. A host is never tried the other way because
/// something went wrong: least of all a check of its key.
struct SSHRouter: RemoteShell {
    let native: SSHShell
    let openSSH: OpenSSHShell
    let reader: SSHSettingsReader
    /// What the options ask of every host that only ssh(1) does.
    let needsOfAll: [String]
    /// Whether a host that needs ssh(1) is not reached instead (`--via ssh!`).
    let isStrict: Bool
    let tally = SSHTally()

    /// What a person is told once, at the end.
    var remarks: [String] {
        var remarks: [String] = []
        if let remark = tally.remark { remarks.append(remark) }
        if let drops = native.pace.drops {
            remarks.append(
                """
                servers dropped \(drops.count) connections before they said anything (sshd's \
                MaxStartups); down to \(drops.lowestLimit) at once were made, and all that had been \
                dropped were made again
                """)
        }
        return remarks
    }

    func run(
        _ session: SessionRequest, stop: SessionStop, sink: some SessionSink
    ) async -> SessionEnd {
        let answer = reader.answer(for: session)
        let needs = needsOfAll + answer.needs
        guard !needs.isEmpty else {
            return await native.run(session, as: answer.settings, stop: stop, sink: sink)
        }
        guard !isStrict else {
            return SessionEnd(
                .notReached(
                    HostFailure(
                        .localResources,
                        """
                        its configuration needs ssh(1) (\(needs.joined(separator: ", "))), which \
                        --via ssh! forbids
                        """)))
        }
        tally.count(needs)
        return await openSSH.run(session, stop: stop, sink: sink)
    }
}

/// Which hosts went through ssh(1), and why.
final class SSHTally: Sendable {
    private struct State {
        var hosts = 0
        var needs: [String: Int] = [:]
    }

    private let state = Mutex(State())

    func count(_ needs: [String]) {
        state.withLock { state in
            state.hosts += 1
            for need in needs { state.needs[need, default: 0] += 1 }
        }
    }

    /// What a person is told once, at the end; `nil` when there is nothing to tell.
    var remark: String? {
        state.withLock { state in
            guard state.hosts > 0 else { return nil }
            let reasons = state.needs.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .map { "\($0.key) (\($0.value))" }
            let hosts = state.hosts == 1 ? "1 host" : "\(state.hosts) hosts"
            return "\(hosts) went through ssh(1), for: \(reasons.joined(separator: ", "))"
        }
    }
}
