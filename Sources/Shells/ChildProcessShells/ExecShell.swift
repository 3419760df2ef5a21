// SPDX-License-Identifier: Apache-2.0

import HostSets
import RunModel
package import ShellContract

/// Runs a local command per host: `lastcall run --via exec`.
///
/// The words of the command are started as they are, without a shell, after `%h`, `%u`, `%n` and
/// `%%` have been replaced in each (`WordTemplate`). The command runs in a process group of its
/// own; its exit code or signal is the host's outcome. The host counts as running from the start of
/// the process. `SessionStop.Level.signal` sends SIGTERM to the group every second, `.abort` and
/// task cancellation send SIGKILL. A process that leaves the group (setsid(2)) is out of reach;
/// while it holds a stream of the command open, the session goes on until it is aborted.
package struct ExecShell: RemoteShell {
    private let localUser: String
    private let timer: any Clock<Duration>

    /// Makes the shell.
    ///
    /// - Parameters:
    ///   - localUser: what `%u` stands for where neither the host nor the run names a user.
    ///   - timer: what the pauses between repeated signals are measured on.
    package init(localUser: String, timer: any Clock<Duration> = ContinuousClock()) {
        self.localUser = localUser
        self.timer = timer
    }

    /// Finds the first fault of a command before anything is started.
    package static func validate(_ command: [String]) throws(WordTemplateFault) {
        for (index, word) in command.enumerated() { _ = try WordTemplate(word, at: index) }
    }

    package func run(
        _ session: SessionRequest, stop: SessionStop, sink: some SessionSink
    ) async -> SessionEnd {
        let user = session.host.user ?? session.defaultUser ?? localUser
        let words: [String]
        do {
            words = try session.command.enumerated()
                .map { index, word throws(WordTemplateFault) in
                    try WordTemplate(word, at: index)
                        .text(host: session.host.name, user: user, index: session.index)
                }
        } catch {
            return SessionEnd(.notReached(HostFailure(.localResources, error.message)))
        }
        guard let program = words.first, !program.isEmpty else {
            return SessionEnd(.notReached(HostFailure(.localResources, "there is no command")))
        }
        return await start(
            ChildCommand(program: program, arguments: Array(words.dropFirst())),
            for: session, stop: stop, sink: sink, timer: timer)
    }

    private func start(
        _ command: ChildCommand, for session: SessionRequest, stop: SessionStop,
        sink: some SessionSink, timer: some Clock<Duration>
    ) async -> SessionEnd {
        let child = ChildSession(
            command: command, input: session.input, stop: stop, sink: sink,
            watcher: ExecWatcher(sink: sink), timer: timer)
        switch await child.run() {
        case .exited(let code): return SessionEnd(.exited(code))
        case .signalled(let signal): return SessionEnd(.signalled(signal))
        case .failed(let failure): return SessionEnd(.notReached(failure))
        case .inputLost(let message):
            return SessionEnd(.noStatus(HostFailure(.localResources, message)))
        case .stopped: return SessionEnd(.cancelled(.connecting))
        }
    }
}

/// Tells the phases of a local command.
private struct ExecWatcher<Sink: SessionSink>: ChildWatcher {
    let sink: Sink

    func started() { sink.emit(.running) }
    func output(_ stream: OutputStream, _ bytes: [UInt8]) {}
    func logged(_ bytes: [UInt8]) {}
    func ended() { sink.emit(.closing) }
}
