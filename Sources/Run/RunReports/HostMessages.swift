// SPDX-License-Identifier: Apache-2.0

package import RunModel
import TextForms

/// What a person must know about single hosts at once, on the standard error.
///
/// One line per host that did not end ok, as it ends, and per notice. Hosts the user stopped, or
/// whose turn never came, are left to the summary. Of hosts that wait for something on this machine
/// the first is named; the others are counted, at most every ten seconds. Whatever the remote end
/// is quoted with is one line and safe for a terminal.
package struct HostMessages: Reporter {
    /// The least time between two lines about waiting hosts.
    private static let waitingInterval = Duration.seconds(10)

    private let names: TargetNames
    /// By host, when its phases began.
    private var phases: [PhaseTimes]
    private var waiting: Set<Int> = []
    private var waitingSaid: Duration?
    private var waitingUnsaid: (host: Int, reason: String)?

    package init(names: TargetNames) {
        self.names = names
        phases = Array(repeating: PhaseTimes(), count: names.count)
    }

    package mutating func receive(_ event: RunEvent, into page: inout Page) {
        switch event.kind {
        case .connecting(let host): phases[host].connecting = event.time
        case .waiting(let host, let reason):
            waiting.insert(host)
            waitingUnsaid = (host, reason)
        case .running(let host):
            phases[host].running = event.time
            waiting.remove(host)
        case .closing(let host): phases[host].closing = event.time
        case .notice(let host, let text):
            page.say("\(names[host]): \(SafeText.line(text))")
        case .ended(let host, let outcome, _):
            waiting.remove(host)
            if let text = text(of: outcome, host, at: event.time) {
                page.say("\(names[host]): \(text)")
            }
        case .began, .output, .interrupted, .finished: break
        }
        sayWaiting(at: event.time, into: &page)
    }

    package mutating func timePassed(to time: Duration, into page: inout Page) {
        sayWaiting(at: time, into: &page)
    }

    private mutating func sayWaiting(at time: Duration, into page: inout Page) {
        guard let (host, reason) = waitingUnsaid else { return }
        if let waitingSaid, time - waitingSaid < Self.waitingInterval { return }
        waitingUnsaid = nil
        guard !waiting.isEmpty else { return }
        waitingSaid = time
        let others = waiting.count - (waiting.contains(host) ? 1 : 0)
        let who =
            if others == waiting.count {
                OutcomeText.hosts(others)
            } else if others == 0 {
                names[host]
            } else {
                "\(names[host]) (and \(OutcomeText.hosts(others)) more)"
            }
        page.say("\(who): waiting: \(SafeText.line(reason))")
    }

    private func text(of outcome: HostOutcome, _ host: Int, at time: Duration) -> String? {
        switch outcome {
        case .exited(0), .cancelled, .notStarted: nil
        case .exited, .signalled: OutcomeText.brief(outcome)
        case .noStatus(let failure): "no exit status: \(SafeText.line(failure.message))"
        case .notReached(let failure): "not reached: \(SafeText.line(failure.message))"
        case .timedOut(let phase):
            """
            timed out after \(DurationText.short(time - phases[host].beginning(of: phase))) \
            while \(OutcomeText.words(phase))
            """
        }
    }

    /// When the phases of a host began.
    ///
    /// A host that timed out while running still goes through its closing before it ends.
    private struct PhaseTimes {
        var connecting = Duration.zero
        var running = Duration.zero
        var closing = Duration.zero

        func beginning(of phase: HostPhase) -> Duration {
            switch phase {
            case .pending, .connecting: connecting
            case .running: running
            case .closing, .ended: closing
            }
        }
    }
}
