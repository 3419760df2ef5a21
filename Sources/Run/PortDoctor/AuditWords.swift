// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// What a person is told about a kind of finding, the same for all sockets of one block.
struct AuditWords {
    let facts: AuditFacts
    let kind: AuditFinding.Kind
    /// Whether nothing that decides is unknown.
    let isCertain: Bool
    /// How many sockets it is about.
    let count: Int
    /// Their ports.
    let ports: Set<UInt16>
    /// Whether `localhost` goes first to one of the addresses that are free.
    let isLocalhost: Bool

    /// What it is, in one line.
    static func title(of kind: AuditFinding.Kind) -> String {
        switch kind {
        case .answeredByOther: "two users answer on one port"
        case .otherFamily: "the other IP family is left to any user"
        case .notListening: "bound, not listening: any user may listen first"
        case .sameUser: "any program of the same user may join in"
        case .restartWindow: "any user may take the port at a restart"
        case .otherAddresses: "other addresses are left to any user"
        case .whileDown: "any user may take the port while it is down"
        }
    }

    /// Which bind(2) by whom succeeds, and when; and what is not known.
    var proof: String {
        switch kind {
        case .answeredByOther:
            """
            both listen now. Which one a client reaches depends on the address it takes; its user \
            sees no difference.
            """ + (facts.localhost.first.map { " Here `localhost` is \($0) first." } ?? "")
        case .otherFamily:
            "bind() and listen() by any user succeed now at the addresses that are free. "
                + localhost
        case .notListening: notListening
        case .sameUser:
            """
            \(theyHave) SO_REUSEPORT, and so bind() and listen() by any process of the same user \
            whose socket has it succeed now. The other one is given a share of the connections; at \
            a more specific address, all of them.
            """
        case .restartWindow: restartWindow
        case .otherAddresses:
            """
            bind() and listen() by any user succeed now at the addresses that are free. Who \
            expects the service there reaches whoever listens.
            """
        case .whileDown:
            """
            \(theyHave) no SO_REUSEADDR: when the listener is closed, its old connections keep \
            everybody out, also in TIME-WAIT (unless it has SO_REUSEPORT). When the last has \
            gone, bind() and listen() by any user succeed.
            """
        }
    }

    private var localhost: String {
        guard let first = facts.localhost.first else {
            return "On most machines `localhost` is ::1 first."
        }
        if isLocalhost {
            return """
                Here `localhost` is \(first) first: clients that try it in that order reach \
                whoever listens there.
                """
        }
        return """
            Here `localhost` is \(first) first, so only clients that choose a free address get \
            there.
            """
    }

    private var theyHave: String { count == 1 ? "it has" : "they have" }

    private var notListening: String {
        let theft = """
            bind() and listen() by any user whose socket has it succeed now. The service's \
            own listen() fails then (EADDRINUSE), and the other one gets the connections.
            """
        return isCertain
            ? "\(theyHave) SO_REUSEADDR, and so \(theft)"
            : "it is not known whether \(theyHave) SO_REUSEADDR. If so, \(theft)"
    }

    private var restartWindow: String {
        let window = """
            from the moment the listener is closed, bind() and listen() by any user whose socket \
            has it succeed, also between the service's own bind() and its listen(), which fails \
            then (EADDRINUSE).
            """
        return isCertain
            ? "\(theyHave) SO_REUSEADDR, and so have the connections: \(window)"
            : """
            when the listener is closed and its last connection has gone, bind() and listen() by \
            any user succeed. It is not known whether \(theyHave) SO_REUSEADDR, as most servers \
            do. If so, \(window)
            """
    }
}
