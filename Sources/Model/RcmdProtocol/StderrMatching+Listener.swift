// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// What the machine knows of a listener and of those who wait there.
extension StderrMatching {
    struct Pending: Hashable, Sendable {
        var handshake: Handshake
        var address: InternetAddress
    }

    struct Held: Hashable, Sendable {
        var handshake: Handshake
        var address: InternetAddress
        /// Called addresses whose servers may have made this connection.
        var doubts: Set<InternetAddress>
        /// When the doubt has lasted too long; `nil` among slow ones, whose sessions have limits
        /// of their own.
        var until: Duration?
    }

    struct Listener: Hashable, Sendable {
        var pending: [Pending] = []
        var held: [Held] = []
        /// Addresses that may still connect for sessions that have gone; heard from before.
        var abandoned: Set<InternetAddress> = []
        /// Whether the one session there does not share the listener.
        var isExclusive = false
        /// Whether those who share it are slow.
        var isSlow = false
        var isRetired = false

        /// Whether no session is there.
        var isVacant: Bool { pending.isEmpty && held.isEmpty }
        /// Whether nobody waits there any more, and a connection may still come.
        var isDoubtful: Bool { isVacant && !abandoned.isEmpty && !isRetired }

        /// Whether a connection from this address would be taken for another session's as well.
        func knows(_ address: InternetAddress) -> Bool {
            abandoned.contains(address) || pending.contains { $0.address == address }
                || held.contains { $0.address == address }
        }
    }

    struct Waiter: Hashable, Sendable {
        var handshake: Handshake
        var address: InternetAddress
        var isSlow: Bool
    }
}
