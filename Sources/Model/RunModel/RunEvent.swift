// SPDX-License-Identifier: Apache-2.0

/// One thing that happened in a run: to whom, what, and when.
///
/// Events flow one way, from the engine to the reports. Hosts are named by their place in the
/// run's list of targets.
package struct RunEvent: Hashable, Sendable {
    /// Time since the run began.
    package var time: Duration
    package var kind: Kind

    package init(at time: Duration, _ kind: Kind) {
        self.time = time
        self.kind = kind
    }

    package enum Kind: Hashable, Sendable {
        /// The run begins, with so many targets.
        case began(targets: Int)
        /// The host's turn has come: it occupies a place in the window.
        case connecting(host: Int)
        /// The host waits for something on this machine (a port, a listener), and why.
        case waiting(host: Int, reason: String)
        /// The remote end has taken the command.
        case running(host: Int)
        /// Bytes of the remote command, in order per stream.
        case output(host: Int, stream: OutputStream, bytes: [UInt8])
        /// Something a person should know about this host; not a failure.
        case notice(host: Int, text: String)
        /// The exit status has arrived; what follows is closing.
        case closing(host: Int)
        /// The host has ended; nothing more comes from it.
        case ended(host: Int, outcome: HostOutcome, closing: ClosingNote?)
        /// The user or the system asked to stop; what the run does about it.
        case interrupted(Interruption)
        /// Every host is accounted for; the last event of a run.
        case finished(RunSummary)
    }
}

/// How a host's connections were closed, for reports.
package struct ClosingNote: Hashable, Sendable {
    /// Who sent the first FIN or RST: `remote`, `local`.
    package var closedFirst: String
    /// What this machine keeps: `nothing` or `TIME-WAIT`.
    package var leftHere: String
    /// The local port used.
    package var localPort: Int

    package init(closedFirst: String, leftHere: String, localPort: Int) {
        self.closedFirst = closedFirst
        self.leftHere = leftHere
        self.localPort = localPort
    }
}

/// What an interruption made the run do.
package enum Interruption: Hashable, Sendable {
    /// First `^C`: nothing stops; the hosts that have not ended, the longest first.
    case status([PendingHost])
    /// No host is started any more; the commands that run are told to end.
    case stopping(signal: Int32)
    /// Every connection is being reset.
    case aborting(signal: Int32)
}

/// A host that has not ended, for the answer to the first `^C`.
package struct PendingHost: Hashable, Sendable {
    package var host: Int
    package var phase: HostPhase
    /// When it entered that phase, since the run began.
    package var since: Duration

    package init(host: Int, phase: HostPhase, since: Duration) {
        self.host = host
        self.phase = phase
        self.since = since
    }
}
