// SPDX-License-Identifier: Apache-2.0

import HostSets
package import RunModel

/// A way to run one command on one host.
///
/// One method: reach the host, run the command, pass on what it prints, close, and say how it
/// ended. A host that fails is a value, never a throw. A shell ends soon after the surrounding task
/// is cancelled and leaves nothing behind.
package protocol RemoteShell: Sendable {
    /// Runs one command on one host.
    ///
    /// - Parameters:
    ///   - session: the host and what to run there.
    ///   - stop: how the engine asks for an early end.
    ///   - sink: where the session's events go.
    /// - Returns: how the host ended. Nothing is emitted after the return.
    func run(
        _ session: SessionRequest, stop: SessionStop, sink: some SessionSink
    ) async -> SessionEnd
}

/// What a session tells while it runs.
package protocol SessionSink: Sendable {
    /// Passes on a control event. Never waits.
    func emit(_ event: SessionEvent)

    /// Passes on bytes of the remote command; waits while their reader is behind, so that a slow
    /// reader slows the sessions instead of filling memory.
    func output(_ stream: OutputStream, _ bytes: [UInt8]) async
}

/// A control event of a session: a handful per host.
package enum SessionEvent: Hashable, Sendable {
    /// The session waits for something on this machine, and why.
    ///
    /// The time until `proceeding` does not count as connecting.
    case waiting(reason: String)
    /// What it waited for has come.
    case proceeding
    /// The remote end has taken the command.
    case running
    /// The exit status has arrived; what follows is closing.
    case closing
    /// Something a person should know; not a failure.
    case notice(String)
}

/// How a session ended.
package struct SessionEnd: Hashable, Sendable {
    /// What the shell knows of the command.
    ///
    /// A session that ends because it was stopped says what it saw; the engine, which knows why it
    /// was stopped, decides the host's outcome.
    package var outcome: HostOutcome
    /// How the connection was closed, where there was one.
    package var closing: ClosingNote?

    package init(_ outcome: HostOutcome, closing: ClosingNote? = nil) {
        self.outcome = outcome
        self.closing = closing
    }
}
