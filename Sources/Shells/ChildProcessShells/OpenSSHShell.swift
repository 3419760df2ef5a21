// SPDX-License-Identifier: Apache-2.0

import Pipes
import RunModel
package import ShellContract

/// Runs the command on each host through the OpenSSH client: `lastcall run --via ssh`.
///
/// One ssh(1) process per host, with the user's own configuration and agent; it never asks anything
/// (`BatchMode`). It logs into a pipe of ours (`-E`), so that standard error carries the command's
/// bytes and next to nothing of its own (the server's banner), and so that these are known:
///
/// - The host is `running` when the server has been given the command, not before: until then the
///   engine's time limit for connecting counts, and `ConnectTimeout` has it too, in whole seconds.
/// - Exit code 255 is the command's, or ssh's failure, in ssh's own words; both are told apart.
/// - A command that dies of a signal is `noStatus`: the server names the signal, ssh(1) does not.
///
/// Limits, measured with OpenSSH 9.2:
///
/// - A stopped session ends ssh(1) (SIGTERM, later SIGKILL) and with it the connection, but not the
///   remote command: ssh(1) has no way to send a signal, and without a terminal the server's end of
///   the connection kills the command only when it writes. A notice says so.
/// - With `ControlMaster` the exit code 255 remains ambiguous; a notice says so.
/// - Without the log (see `PipeEnd.path`) the same holds of every host, `running` is said at the
///   start, and failures are recognised from standard error, where the command may imitate them.
/// - An option or configuration that sends ssh(1) into the background, silences it (`-q`) or turns
///   the command off (`-N`) makes hosts end as not reached.
package struct OpenSSHShell: RemoteShell {
    private let program: String
    private let options: [String]
    private let readsLog: Bool
    private let timer: any Clock<Duration>

    /// Makes the shell.
    ///
    /// - Parameters:
    ///   - program: the OpenSSH client.
    ///   - options: further options of ssh(1) for every host.
    ///   - readsLog: `false` leaves ssh's messages on standard error, at the price told above.
    ///   - timer: what the pauses between repeated signals are measured on.
    package init(
        program: String = "ssh", options: [String] = [], readsLog: Bool = true,
        timer: any Clock<Duration> = ContinuousClock()
    ) {
        self.program = program
        self.options = options
        self.readsLog = readsLog
        self.timer = timer
    }

    package func run(
        _ session: SessionRequest, stop: SessionStop, sink: some SessionSink
    ) async -> SessionEnd {
        await run(session, stop: stop, sink: sink, timer: timer)
    }

    private func run(
        _ session: SessionRequest, stop: SessionStop, sink: some SessionSink,
        timer: some Clock<Duration>
    ) async -> SessionEnd {
        // A shortage shows again, and is waited for, where the process's own pipes are made.
        let log = readsLog ? try? PipeEnd.readByUs() : nil
        let logPath = log?.theirs.path
        let words = OpenSSHArguments(
            options: options, connectTimeout: session.connectTimeout, logPath: logPath
        )
        .words(
            for: session.host, defaultUser: session.defaultUser, command: session.command)
        let watcher = OpenSSHWatcher(sink: sink, logEnd: logPath == nil ? nil : log?.theirs)
        let child = ChildSession(
            command: ChildCommand(program: program, arguments: words), input: session.input,
            stop: stop, sink: sink, watcher: watcher, timer: timer,
            log: logPath == nil ? nil : log?.ours)
        let end = await child.run()
        let wasStopped = stop.level > .none || Task.isCancelled
        let (outcome, notices) = watcher.report(end, wasStopped: wasStopped).outcome()
        for notice in notices { sink.emit(.notice(notice)) }
        return SessionEnd(outcome)
    }
}
