// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import Glibc
import HostSets
import RunModel
import SessionRecording
import ShellContract

/// A real sshd that lets this user in, told by the environment.
struct SSHLab: Sendable {
    /// The host's name or address.
    let host: String
    /// The ssh_config(5) file that says how it is reached.
    let configuration: String

    /// The lab that `LASTCALL_LAB_SSH_HOST` and `LASTCALL_LAB_SSH_CONFIG` describe, if any.
    static let current: SSHLab? = {
        guard let host = getenv("LASTCALL_LAB_SSH_HOST"),
            let configuration = getenv("LASTCALL_LAB_SSH_CONFIG")
        else { return nil }
        return SSHLab(host: String(cString: host), configuration: String(cString: configuration))
    }()

    /// Runs a command on the host, or on another that is found with the same configuration.
    static func run(
        _ command: [String], on target: String? = nil, user: String? = nil, port: Int? = nil,
        options: [String] = [], input: (any SessionInput)? = nil, stop: SessionStop = SessionStop(),
        sink: RecordingSink = RecordingSink(), readsLog: Bool = true
    ) async throws -> SSHSession {
        guard let lab = current else { throw NoLab() }
        let shell = OpenSSHShell(
            options: ["-F", lab.configuration] + options, readsLog: readsLog)
        let request = SessionRequest(
            index: 0,
            host: Host(name: try HostName(target ?? lab.host), user: user, port: port),
            command: command, input: input, connectTimeout: .seconds(10))
        let end = await shell.run(request, stop: stop, sink: sink)
        return SSHSession(outcome: end.outcome, sink: sink)
    }

    struct NoLab: Error {}
}

/// One run of `OpenSSHShell`, with what it told.
struct SSHSession {
    var outcome: HostOutcome
    var sink: RecordingSink
    var closing: ClosingNote?

    var failure: HostFailure? {
        switch outcome {
        case .noStatus(let failure), .notReached(let failure): failure
        case .exited, .signalled, .timedOut, .cancelled, .notStarted: nil
        }
    }

    var wasReached: Bool {
        if case .notReached = outcome { false } else { true }
    }
}
