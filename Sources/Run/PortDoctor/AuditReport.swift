// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
package import TCPClosing

/// What an audit says to a reader: the findings that were asked for, and what stands around them.
package struct AuditReport: Hashable, Sendable {
    /// Which findings are asked for; empty lists stand for all.
    package struct Filter: Hashable, Sendable {
        package var ports: Set<UInt16> = []
        package var users: Set<UInt32> = []
        /// Names or numbers.
        package var processes: Set<String> = []

        package init() {}

        func admits(_ socket: AuditedSocket) -> Bool {
            (ports.isEmpty || ports.contains(socket.port))
                && (users.isEmpty || users.contains(socket.socket.userID))
                && (processes.isEmpty
                    || socket.owners.contains { owner in
                        processes.contains(owner.process.name)
                            || processes.contains("\(owner.process.number)")
                    })
        }
    }

    /// What the audit looked at, as far as it was asked for.
    package var facts: AuditFacts
    package var listeners: [AuditedSocket]
    /// Listeners on ports that only root may bind.
    package var reserved: [AuditedSocket]
    /// Sockets of which nobody told whether they share their ports.
    package var unread: [AuditedSocket]
    /// How many sockets were left out because it cannot be seen whose process they are.
    package var unseen: Int
    package var findings: [AuditFinding]
    /// Findings that a list says to pass over.
    package var ignored: [AuditFinding] = []
    /// Lines of that list that fit no finding.
    package var idle: [AuditIgnoreList.Entry] = []
    /// Whether places were really bound (`--prove`).
    package private(set) var wasTried = false

    package init(
        of facts: AuditFacts, for filter: Filter = Filter(),
        ignoring list: AuditIgnoreList = AuditIgnoreList()
    ) {
        let audit = ListenerAudit(of: facts)
        self.facts = facts
        listeners = audit.sockets.filter { $0.isListening && filter.admits($0) }
        reserved = audit.reserved.filter(filter.admits)
        unread = audit.unread.filter(filter.admits)
        unseen = filter.processes.isEmpty ? 0 : audit.sockets.count { $0.owners.isEmpty }
        let asked = audit.findings.filter { $0.sockets.contains(where: filter.admits) }
        findings = asked.filter { !list.covers($0) }
        ignored = asked.filter(list.covers)
        idle = list.entries.filter { entry in !audit.findings.contains(where: entry.covers) }
    }

    /// How many findings are so bad.
    package func count(_ severity: AuditFinding.Severity) -> Int {
        findings.count { $0.severity == severity }
    }

    /// Whether something is found that is at least so bad.
    package func reaches(_ severity: AuditFinding.Severity) -> Bool {
        findings.contains { $0.severity >= severity }
    }

    /// Tries what can be tried, and takes in what the kernel answers.
    ///
    /// - Parameter answer: what bind(2) said to a request, and as which user; `nil` when it could
    ///   not be tried as a user that proves something.
    package mutating func prove(
        _ answer: (BindRequest) throws -> AuditFinding.Trial?
    ) rethrows {
        wasTried = true
        findings = try findings.compactMap { finding in
            var finding = finding
            finding.trials = try finding.requests.compactMap(answer)
            return finding.settled
        }
        findings.sort { $0.severity > $1.severity }
    }
}
