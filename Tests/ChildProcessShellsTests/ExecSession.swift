// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import HostSets
import RunModel
import SessionRecording
import ShellContract

/// One run of `ExecShell`, with what it told.
struct ExecSession {
    var end: SessionEnd
    var sink: RecordingSink

    var outcome: HostOutcome { end.outcome }
    var output: [UInt8] { sink.bytes(.standardOutput) }

    static func request(
        _ command: [String], host: String = "node7", user: String? = nil, index: Int = 0,
        input: (any SessionInput)? = nil
    ) throws -> SessionRequest {
        SessionRequest(
            index: index, host: Host(name: try HostName(host), user: user), command: command,
            input: input)
    }

    static func run(
        _ command: [String], host: String = "node7", user: String? = nil, index: Int = 0,
        input: (any SessionInput)? = nil, stop: SessionStop = SessionStop(),
        sink: RecordingSink = RecordingSink()
    ) async throws -> ExecSession {
        let request = try request(command, host: host, user: user, index: index, input: input)
        let end = await ExecShell(localUser: "operator").run(request, stop: stop, sink: sink)
        return ExecSession(end: end, sink: sink)
    }

    /// Runs a script of sh(1).
    static func sh(
        _ script: String, input: (any SessionInput)? = nil, stop: SessionStop = SessionStop(),
        sink: RecordingSink = RecordingSink()
    ) async throws -> ExecSession {
        try await run(["/bin/sh", "-c", script], input: input, stop: stop, sink: sink)
    }
}
