// SPDX-License-Identifier: Apache-2.0

/// Where in its life an ssh session is; each phase has a time limit and a failure of its own.
package enum SSHPhase: String, Hashable, Sendable, CaseIterable {
    /// The TCP connection is being made.
    case connecting
    /// The server's identification line is awaited (RFC 4253 section 4.2).
    case banner
    /// Keys are exchanged (RFC 4253 sections 7 and 8).
    case keyExchange
    /// The server's key is compared with what is known (RFC 4251 section 4.1).
    case hostKey
    /// We say who we are (RFC 4252).
    case authentication
    /// A channel for the command is opened (RFC 4254 section 5.1).
    case channel
    /// The server is given the command (RFC 4254 section 6.5).
    case exec
    /// The command runs, and its output comes.
    case streaming
    /// All has been said; the connection is closed.
    case closing

    /// What a person is told the session was doing.
    package var text: String {
        switch self {
        case .connecting: "connecting"
        case .banner: "waiting for the server's identification"
        case .keyExchange: "exchanging keys"
        case .hostKey: "checking the host key"
        case .authentication: "authenticating"
        case .channel: "opening a channel"
        case .exec: "starting the command"
        case .streaming: "running the command"
        case .closing: "closing"
        }
    }
}

/// How long each phase may take; `nil` is for ever.
package struct SSHPhaseLimits: Hashable, Sendable {
    /// Until a TCP connection is open, all addresses of the host together.
    package var connecting: Duration?
    /// Each of: banner, key exchange, host key, channel, exec.
    package var handshake: Duration?
    /// From the first question to the last answer; servers that look up names are slow here.
    package var authentication: Duration?
    /// How long the server may take to close after our DISCONNECT.
    package var closing: Duration

    package init(
        connecting: Duration? = nil, handshake: Duration? = .seconds(8),
        authentication: Duration? = .seconds(30), closing: Duration = .seconds(2)
    ) {
        self.connecting = connecting
        self.handshake = handshake
        self.authentication = authentication
        self.closing = closing
    }

    /// The limits within a limit for the whole way until the command runs.
    ///
    /// A phase is given up a little before the whole, so that it can be named, but never in less
    /// time than without that limit; without any (`nil`) a phase may take for ever.
    package init(connectTimeout: Duration?) {
        self.init()
        guard let connectTimeout else {
            (handshake, authentication) = (nil, nil)
            return
        }
        let most = connectTimeout * 4 / 5
        handshake = handshake.map { max($0, most) }
        authentication = authentication.map { max($0, most) }
    }

    /// The limit of a phase.
    package subscript(phase: SSHPhase) -> Duration? {
        switch phase {
        case .connecting: connecting
        case .banner, .keyExchange, .hostKey, .channel, .exec: handshake
        case .authentication: authentication
        case .streaming: nil
        case .closing: closing
        }
    }
}
