// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// What a person is told about a kind of finding, the same for all sockets of one block.
struct AuditWords {
    let facts: AuditFacts
    let kind: AuditFinding.Kind
    /// Whether nothing that decides is unknown.
    let isCertain: Bool
    /// The highest port of the block.
    let port: UInt16
    /// Whether `localhost` goes first to one of the addresses that are free.
    let isLocalhost: Bool

    /// What it is, in one line.
    static func title(of kind: AuditFinding.Kind) -> String {
        switch kind {
        case .answeredByOther: "two users answer on one port"
        case .otherFamily: "any user may answer at the other IP family"
        case .notListening: "bound, not listening: any user may listen first"
        case .sameUser: "any program of the same user may join in"
        case .restartWindow: "any user may take the port at a restart"
        case .otherAddresses: "any user may answer at other addresses"
        case .whileDown: "any user may take the port while it is down"
        }
    }

    /// Which bind(2) by whom succeeds, and when; and what is not known.
    var proof: String {
        switch kind {
        case .answeredByOther:
            """
            Both listen now. Which of them a client reaches depends on the address it takes, and \
            its user sees no difference.
            """
        case .otherFamily:
            "Now, bind() and listen() by any user succeed at the addresses that are free. "
                + localhost
        case .notListening: notListening
        case .sameUser:
            """
            These have SO_REUSEPORT: now, bind() and listen() by any process of the same user \
            whose socket has it too succeed. It is given a share of the connections, and all of \
            them at a more specific address than these.
            """
        case .restartWindow: restartWindow
        case .otherAddresses:
            """
            Now, bind() and listen() by any user succeed at the addresses that are free. Who \
            expects the service there reaches whoever listens.
            """
        case .whileDown:
            """
            These have no SO_REUSEADDR: when the listener is closed, its old connections, also in \
            TIME-WAIT, keep everybody out. When the last has gone, bind() and listen() by any \
            user succeed.
            """
        }
    }

    private var localhost: String {
        guard let first = facts.localhost.first else {
            return "On most machines `localhost` is ::1 first."
        }
        if isLocalhost {
            return """
                Here `localhost` is \(first) first: who connects to it reaches whoever listens \
                there.
                """
        }
        return """
            Here `localhost` is \(first) first, so only clients that take another address get \
            there: by ::1, or by a name of this machine.
            """
    }

    private var notListening: String {
        let theft = """
            bind() and listen() by any user whose socket has it too succeed now. Its own listen() \
            fails then (EADDRINUSE), and the other one gets the connections.
            """
        return isCertain
            ? "It has SO_REUSEADDR: \(theft)"
            : "Not known: whether it has SO_REUSEADDR. If it has, \(theft)"
    }

    private var restartWindow: String {
        if isCertain {
            return """
                These have SO_REUSEADDR, and so have their connections: from the moment the \
                listener is closed, bind() and listen() by any user whose socket has it succeed, \
                also between the service's own bind() and listen(), which fails then (EADDRINUSE).
                """
        }
        return """
            When the listener is closed and the last of its connections has gone, bind() and \
            listen() by any user succeed. Not known: whether these have SO_REUSEADDR, as most \
            servers do. If they have, that holds from the moment the listener is closed, and also \
            between the service's own bind() and listen(), which fails then (EADDRINUSE).
            """
    }
}
