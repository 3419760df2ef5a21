// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// Something that another program may do to a listener, with its proof.
package struct AuditFinding: Hashable, Sendable {
    /// What it is; the raw values are the names that people and programs use (`Docs/audit.md`).
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Another user's program listens on the port already, at other addresses.
        case answeredByOther = "answered-by-other"
        /// An address of the other IP family is free, where clients look for the service.
        case otherFamily = "other-family"
        /// It is bound and does not listen: who binds beside it may listen first.
        case notListening = "not-listening"
        /// Any process of its user may listen beside it and gets a share of the connections.
        case sameUser = "same-user"
        /// When it restarts, another user may take the port, whatever is left of old connections.
        case restartWindow = "restart-window"
        /// Other addresses of this machine are free.
        case otherAddresses = "other-addresses"
        /// When it is down and its last connection has gone, another user may take the port.
        case whileDown = "while-down"
    }

    /// How bad it is.
    package enum Severity: String, Hashable, Sendable, CaseIterable, Comparable {
        /// At places where nobody expects the service, or while it is down.
        case low
        /// At a moment that comes with each start, or by a program of the same user.
        case medium
        /// Now, by any user, where clients look for the service.
        case high

        package static func < (one: Severity, other: Severity) -> Bool {
            one.order < other.order
        }

        private var order: Int {
            switch self {
            case .low: 0
            case .medium: 1
            case .high: 2
            }
        }
    }

    /// Who may do it.
    package enum Intruder: String, Hashable, Sendable {
        case anyUser = "any-user"
        case sameUser = "same-user"
    }

    /// When it may be done.
    package enum Moment: String, Hashable, Sendable {
        case now
        /// Between the end of the listener and the listen(2) of its successor.
        case restart
        /// When its last connection has gone.
        case down
    }

    /// An address that somebody else may bind, or has bound.
    package struct Place: Hashable, Sendable {
        package var destination: Destination
        /// The interface to bind it to, or 0 for none.
        package var interface: UInt32 = 0
        /// What that depends on; empty when it is certain.
        package var dependsOn: [PortUnknown] = []
    }

    /// What came of really binding a socket that never listened (`--prove`).
    package struct Trial: Hashable, Sendable {
        /// What the kernel said.
        package enum Answer: Hashable, Sendable {
            case succeeded
            case addressInUse
            /// Something else, which the rule knows nothing about: a security module, for one.
            case refused(String)
        }

        /// What was asked, by the user who asked.
        package var request: BindRequest
        package var answer: Answer

        package init(_ request: BindRequest, _ answer: Answer) {
            self.request = request
            self.answer = answer
        }
    }

    package var kind: Kind
    package var severity: Severity
    /// The sockets it is about: all of one port and one user.
    package var sockets: [AuditedSocket]
    /// Where somebody else may be.
    package var places: [Place]
    /// What it depends on that is not known; empty when it is certain.
    package var dependsOn: [PortUnknown] = []
    /// Whom another user's listener belongs to, when one is there.
    package var others: [AuditedSocket] = []
    /// The bind(2)s that succeed according to `BindRule`, as far as they can be tried safely.
    package var requests: [BindRequest] = []
    /// What came of trying them; empty when they were not.
    package var trials: [Trial] = []

    package var port: UInt16 { sockets.first?.port ?? 0 }
    package var isCertain: Bool { dependsOn.isEmpty }

    package var intruder: Intruder {
        switch kind {
        case .sameUser: .sameUser
        case .answeredByOther, .otherFamily, .notListening, .restartWindow, .otherAddresses,
            .whileDown:
            .anyUser
        }
    }

    package var moment: Moment {
        switch kind {
        case .answeredByOther, .otherFamily, .notListening, .sameUser, .otherAddresses: .now
        case .restartWindow: .restart
        case .whileDown: .down
        }
    }

    /// What is left of it when its trials are taken for an answer to what was not known; `nil` when
    /// they show that there is nothing.
    var settled: AuditFinding? {
        guard kind == .notListening, !isCertain, let trial = trials.first else { return self }
        switch trial.answer {
        case .succeeded:
            var settled = self
            settled.severity = .high
            settled.dependsOn = []
            settled.places = places.map {
                Place(destination: $0.destination, interface: $0.interface)
            }
            return settled
        case .addressInUse: return nil
        case .refused: return self
        }
    }
}
