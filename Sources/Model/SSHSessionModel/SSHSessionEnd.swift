// SPDX-License-Identifier: Apache-2.0

/// How a command ended, as the server says (RFC 4254 section 6.10).
package enum SSHCommandStatus: Hashable, Sendable {
    /// With this code; servers send 32 bits.
    case exited(UInt32)
    /// By the signal of this name, without `SIG`.
    case signalled(String)
}

/// The signals we send to a command that shall end.
package enum SSHSignal: String, Hashable, Sendable, CaseIterable {
    case terminate = "TERM"
    case kill = "KILL"
}

/// How a session ended.
package enum SSHSessionEnd: Hashable, Sendable {
    /// The command ran, and its channel is closed; without a status if the server sent none.
    case finished(SSHCommandStatus?)
    /// Something went wrong in this phase.
    case failed(Reason, SSHPhase)
    /// It was stopped in this phase.
    case stopped(SSHPhase)

    /// A class of failure.
    package enum Reason: Hashable, Sendable, CaseIterable {
        /// The server closed the connection, or it broke.
        case connectionLost
        /// The server said what the protocol does not allow, or nothing is common to both ends.
        case protocolError
        /// The phase took longer than it may.
        case timePassed
        /// The server's key is unknown, another one, or revoked.
        case hostKeyRefused
        /// The server refused all we have to say who we are.
        case denied
        /// There is nothing we could say who we are with.
        case nothingToTry
        /// The server would not open a channel, or not start the command.
        case refused
        /// This machine could not do its part.
        case localResources
    }
}
