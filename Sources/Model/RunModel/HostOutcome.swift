// SPDX-License-Identifier: Apache-2.0

/// How one host ended; every host of a run has exactly one outcome.
package enum HostOutcome: Hashable, Sendable {
    /// The remote command ended with this exit code, 0...255.
    case exited(Int)
    /// The remote command died of this signal (1...64).
    case signalled(Int)
    /// The command may have run, but the connection ended before its exit status arrived.
    case noStatus(HostFailure)
    /// The command was not started: the host could not be reached, or refused us.
    case notReached(HostFailure)
    /// A deadline passed while the host was in this phase.
    case timedOut(HostPhase)
    /// The user stopped the run while the host was in this phase.
    case cancelled(HostPhase)
    /// The run was stopped before the host's turn came.
    case notStarted
}

/// Where in its life a host is.
package enum HostPhase: String, Hashable, Sendable, CaseIterable {
    /// Its turn has not come.
    case pending
    /// From the start of its session until the remote end has taken the command.
    case connecting
    /// The remote command runs.
    case running
    /// The exit status has arrived; streams are read to their ends and sockets closed.
    case closing
    /// Its outcome is known.
    case ended
}

/// Why a host could not be reached, or why no exit status came from it.
package struct HostFailure: Hashable, Sendable {
    /// A class of failure; stable, for machines.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The name could not be resolved.
        case nameResolution = "name-resolution"
        /// The host answered that nothing listens there.
        case connectionRefused = "connection-refused"
        /// The network says there is no way there.
        case unreachable
        /// The network or the kernel gave up waiting for an answer.
        case noAnswer = "no-answer"
        /// The remote end refused this user.
        case permissionDenied = "permission-denied"
        /// The remote end closed or reset the connection.
        case connectionLost = "connection-lost"
        /// The remote end said something the protocol does not allow, or an error of its own.
        case protocolError = "protocol-error"
        /// No local port could be used towards this host.
        case localPorts = "local-ports"
        /// This machine lacks something: descriptors, memory, a program, a privilege.
        case localResources = "local-resources"
    }

    package var kind: Kind
    /// One line for a person: what, where, and what next.
    ///
    /// May quote the remote end, and so is as hostile as any remote output: a terminal must be
    /// given a neutralised copy.
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
