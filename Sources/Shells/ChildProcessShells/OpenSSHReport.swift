// SPDX-License-Identifier: Apache-2.0

package import RunModel

/// What is known when an ssh(1) process has ended, and the outcome it makes.
package struct OpenSSHReport: Hashable, Sendable {
    /// How the process ended.
    package var end: ChildEnd
    /// What it logged, or `nil` where its log could not be had.
    package var log: OpenSSHLog?
    /// The last lines of its standard error: the command's, and some of its own.
    package var lastLines: [String] = []
    /// Whether anything came on standard output.
    package var sawOutput = false
    /// Whether the engine asked the session to end.
    package var wasStopped = false

    package init(
        _ end: ChildEnd, log: OpenSSHLog?, lastLines: [String] = [], sawOutput: Bool = false,
        wasStopped: Bool = false
    ) {
        self.end = end
        self.log = log
        self.lastLines = lastLines
        self.sawOutput = sawOutput
        self.wasStopped = wasStopped
    }

    /// The outcome, and what a person should know beside it.
    package func outcome() -> (outcome: HostOutcome, notices: [String]) {
        switch end {
        case .failed(let failure): return (.notReached(failure), [])
        case .stopped: return (.cancelled(.connecting), [])
        case .inputLost(let message):
            return (.noStatus(HostFailure(.localResources, message)), [])
        case .exited(let code): return ended("ssh ended with code \(code)", code: code)
        case .signalled(let signal): return ended("ssh died of signal \(signal)", code: nil)
        }
    }

    private func ended(_ what: String, code: Int?) -> (outcome: HostOutcome, notices: [String]) {
        guard let log else { return endedWithoutLog(what, code: code) }
        let outcome: HostOutcome
        var notices = log.messages
        switch (log.stage, code) {
        case (.exitStatus, let code?):
            outcome = .exited(code)
        case (.exitSignal, _):
            outcome = .noStatus(HostFailure(.protocolError, Self.diedOfSignal))
        case (.commandSent, let code?) where log.isShared && code != 255:
            outcome = .exited(code)
        case (.commandSent, 255?) where log.isShared && !wasStopped:
            if let failure = OpenSSHFailure.first(in: log.messages) {
                outcome = .noStatus(failure)
            } else {
                outcome = .exited(255)
                notices.append(Self.ambiguous)
            }
        case (.commandSent, _), (.exitStatus, nil):
            outcome = .noStatus(
                failure(log, .connectionLost, "\(what) before the exit status came"))
            if wasStopped { notices.append(Self.mayStillRun) }
        case (.connecting, _):
            outcome =
                wasStopped
                ? .cancelled(.connecting)
                : .notReached(failure(log, .protocolError, "\(what) before it sent the command"))
        }
        return (outcome, notices.filter { !outcome.quotes($0) })
    }

    /// With standard error alone, what the command wrote and what ssh(1) wrote look alike.
    private func endedWithoutLog(
        _ what: String, code: Int?
    ) -> (outcome: HostOutcome, notices: [String]) {
        switch code {
        case 255? where !wasStopped:
            guard let failure = OpenSSHFailure.first(in: lastLines.reversed()) else {
                return (.exited(255), [Self.ambiguous])
            }
            return (sawOutput ? .noStatus(failure) : .notReached(failure), [])
        case let code? where code != 255:
            return (.exited(code), [])
        case _:
            return (
                .noStatus(HostFailure(.connectionLost, "\(what) before the exit status came")),
                wasStopped ? [Self.mayStillRun] : []
            )
        }
    }

    /// The failure in ssh's own words where there are any.
    private func failure(
        _ log: OpenSSHLog, _ kind: HostFailure.Kind, _ message: String
    ) -> HostFailure {
        if let failure = OpenSSHFailure.first(in: log.messages) { return failure }
        // Until the command runs, and when the server closes, ssh(1) writes past its log.
        if let failure = OpenSSHFailure.first(in: lastLines.reversed()) { return failure }
        guard let last = log.messages.last else { return HostFailure(kind, message) }
        return HostFailure(kind, "\(message): \(last)")
    }

    package static let ambiguous =
        "ssh(1) ended with 255: the command's exit code, its death by a signal, or a failure of ssh"
    package static let diedOfSignal =
        "the command died of a signal; ssh(1) does not say of which"
    package static let mayStillRun =
        "the remote command may still run: ssh(1) cannot signal it, and the server ends it only "
        + "when it writes to the closed connection"
}

extension HostOutcome {
    /// Whether the outcome's message already says this.
    fileprivate func quotes(_ message: String) -> Bool {
        switch self {
        case .noStatus(let failure), .notReached(let failure): failure.message.contains(message)
        case .exited, .signalled, .timedOut, .cancelled, .notStarted: false
        }
    }
}
