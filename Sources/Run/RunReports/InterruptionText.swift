// SPDX-License-Identifier: Apache-2.0

package import RunModel
import TextForms

/// The answer to `^C` on the standard error: who has not ended, and what the next `^C` does.
package struct InterruptionText: Reporter {
    private let names: TargetNames
    private var targets: Int

    package init(names: TargetNames) {
        self.names = names
        targets = names.count
    }

    package mutating func receive(_ event: RunEvent, into page: inout Page) {
        switch event.kind {
        case .began(let targets): self.targets = targets
        case .interrupted(let interruption):
            page.standardError.append(contentsOf: text(of: interruption, at: event.time).utf8)
        case .connecting, .waiting, .running, .output, .notice, .closing, .ended, .finished: break
        }
    }

    /// What the run does about an interruption that came at a time since it began, each line with
    /// its line feed.
    package func text(of interruption: Interruption, at time: Duration) -> String {
        switch interruption {
        case .status(let pending): status(of: pending, at: time)
        case .stopping(let signal):
            """
            lastcall: stopping after \(SignalName.described(Int(signal))): no further host is \
            started, running commands are told to end; ^C again resets every connection

            """
        case .aborting(let signal):
            """
            lastcall: aborting after \(SignalName.described(Int(signal))): every connection is \
            reset, remote commands may go on

            """
        }
    }

    private func status(of pending: [PendingHost], at time: Duration) -> String {
        let verb = pending.count == 1 ? "has" : "have"
        var text = "lastcall: \(pending.count) of \(OutcomeText.hosts(targets)) \(verb) not ended "
        text += "after \(DurationText.short(time)); ^C again stops the run\n"
        for phase in [HostPhase.running, .connecting, .closing, .pending] {
            let hosts = pending.filter { $0.phase == phase }
            guard let earliest = hosts.map(\.since).min(), let latest = hosts.map(\.since).max()
            else { continue }
            let age = DurationText.range(time - latest, time - earliest)
            let what =
                phase == .pending
                ? "waiting for their turn" : "\(OutcomeText.words(phase)) for \(age)"
            text += "  \(what) (\(hosts.count)): \(names.folded(hosts.map(\.host).sorted()))\n"
        }
        return text
    }
}
