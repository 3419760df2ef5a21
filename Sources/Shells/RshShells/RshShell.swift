// SPDX-License-Identifier: Apache-2.0

import HostSets
import RcmdProtocol
package import RunModel
package import ShellContract
import Synchronization
package import TCPClosing
package import TCPSockets

/// Runs commands over native rsh (the BSD rcmd protocol), in this process.
///
/// rsh trusts addresses and reserved ports, encrypts nothing and authenticates nobody: it is for
/// closed networks, and never chosen silently.
package struct RshShell: RemoteShell {
    /// What all sessions of a run have in common.
    package struct Options: Hashable, Sendable {
        /// The user we say we are; servers compare it with their trust files.
        package var localUser: String
        /// The user to be on hosts that name none.
        package var remoteUser: String
        /// The servers' port.
        package var port: UInt16 = 514
        /// How connections are closed.
        package var closing = ClosingPolicy.resetAfterEnd
        /// Whether a stderr connection from another address than the host's is refused.
        package var refusesStrangers = false

        package init(localUser: String, remoteUser: String) {
            self.localUser = localUser
            self.remoteUser = remoteUser
        }
    }

    let options: Options
    let marker: StatusMarker
    let ports: PortPool
    /// Where servers connect for standard error; `nil` mixes it into standard output.
    let listeners: StderrListeners?
    let resolver: NameResolver
    let loop: EventLoop
    private let strangers = StrangerNotice()

    /// Makes the shell of one run; the nonce of its status marks is drawn from the generator.
    package init(
        options: Options, random: inout some RandomNumberGenerator, ports: PortPool,
        listeners: StderrListeners?,
        resolver: NameResolver, loop: EventLoop
    ) {
        self.options = options
        marker = StatusMarker(using: &random)
        self.ports = ports
        self.listeners = listeners
        self.resolver = resolver
        self.loop = loop
    }

    /// Whether no server of this run has connected from an unexpected address before.
    func isFirstStranger() -> Bool { strangers.isFirst() }

    /// What is wrong with a command that no server could be sent; to be asked before any is
    /// contacted.
    package func fault(in command: [String], withInput: Bool) -> HostFailure? {
        let wrapped = RemoteCommand(
            command.joined(separator: " "), input: withInput ? .pieces : .none, marker: marker)
        do throws(RcmdRequest.Fault) {
            _ = try RcmdRequest(
                stderrPort: nil, localUser: options.localUser, remoteUser: options.remoteUser,
                command: wrapped.line)
            return nil
        } catch {
            return RshFailure.request(error)
        }
    }

    package func run(
        _ session: SessionRequest, stop: SessionStop, sink: some SessionSink
    ) async -> SessionEnd {
        let (wakeups, withdrawal) = (Wakeups(), PortRequest())
        // Cancellation is the engine's last resort and means abort.
        return await withTaskCancellationHandler {
            stop.whenRaised { _ in
                withdrawal.withdraw()
                wakeups.post(.call)
            }
            defer { stop.forget() }
            return await RshSession(
                shell: self, request: session, stop: stop, sink: sink, wakeups: wakeups,
                withdrawal: withdrawal
            )
            .run()
        } onCancel: {
            stop.raise(to: .abort)
        }
    }
}

/// Remembers that something has been said once for all sessions of a run.
private final class StrangerNotice: Sendable {
    private let wasSaid = Mutex(false)

    func isFirst() -> Bool {
        wasSaid.withLock { wasSaid in
            defer { wasSaid = true }
            return !wasSaid
        }
    }
}
