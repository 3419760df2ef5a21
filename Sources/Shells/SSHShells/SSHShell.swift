// SPDX-License-Identifier: Apache-2.0

package import SSHSessionModel
package import ShellContract
package import TCPClosing
package import TCPSockets
import Threads

/// Runs commands over ssh in this process, on libssh.
///
/// One connection per host over a socket of ours, all on the loop's thread; a host costs two
/// descriptors. Host keys are always checked strictly. Nothing is asked twice: keys are loaded, and
/// secrets asked for, once per run.
package struct SSHShell: RemoteShell {
    /// What all sessions of a run have in common.
    package struct Options: Sendable {
        /// How each host is reached.
        package var settings: @Sendable (SessionRequest) -> SSHHostSettings
        /// How long each phase may take.
        package var limits = SSHPhaseLimits()
        /// How often a server may close before it has said anything, until a host is given up.
        package var mostDrops = 8
        /// How connections are closed, once the server has been told.
        package var closing = ClosingPolicy.resetAfterEnd

        package init(settings: @escaping @Sendable (SessionRequest) -> SSHHostSettings) {
            self.settings = settings
        }
    }

    let options: Options
    let judge: HostKeyJudge
    let identities: SSHIdentities
    let answers: SSHAnswers
    let resolver: NameResolver
    let loop: EventLoop
    /// How many connections are unauthenticated at once.
    package let pace = SSHPace()
    /// ssh-agent(1) answers one question at a time; two threads keep it busy.
    let agentCalls = BlockingCalls(threadLimit: 2)

    /// Makes the shell of one run.
    package init(
        options: Options, judge: HostKeyJudge, identities: SSHIdentities, answers: SSHAnswers,
        resolver: NameResolver, loop: EventLoop
    ) {
        self.options = options
        self.judge = judge
        self.identities = identities
        self.answers = answers
        self.resolver = resolver
        self.loop = loop
    }

    package func run(
        _ session: SessionRequest, stop: SessionStop, sink: some SessionSink
    ) async -> SessionEnd {
        await run(session, as: options.settings(session), stop: stop, sink: sink)
    }

    /// Runs one command on one host that is reached so.
    package func run(
        _ session: SessionRequest, as settings: SSHHostSettings, stop: SessionStop,
        sink: some SessionSink
    ) async -> SessionEnd {
        let wakeups = Wakeups()
        // Cancellation is the engine's last resort and means abort.
        return await withTaskCancellationHandler {
            stop.whenRaised { _ in wakeups.post(.call) }
            defer { stop.forget() }
            return await SSHSession(
                shell: self, request: session, stop: stop, sink: sink, wakeups: wakeups,
                settings: settings
            )
            .run()
        } onCancel: {
            stop.raise(to: .abort)
        }
    }
}
