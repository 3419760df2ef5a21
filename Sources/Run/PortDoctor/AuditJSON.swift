// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TextForms

/// An audit as one JSON object on one line; `Docs/audit.md` is its reference.
package enum AuditJSON {
    /// The line, with its newline.
    package static func line(_ report: AuditReport) -> [UInt8] {
        var object = JSONText()
        object.member("v", 1)
        object.member("findings", report.findings.map { finding($0, report.facts) })
        object.member("ignored", report.ignored.map { finding($0, report.facts) })
        object.member("listeners", report.listeners.count)
        object.member("reserved", report.reserved.count)
        object.member("options_unknown", report.unread.map { "\($0.place)" })
        object.member("first_unprivileged_port", report.facts.firstUnprivilegedPort)
        object.member("localhost", report.facts.localhost.map { "\($0)" })
        return object.line()
    }

    private static func finding(_ finding: AuditFinding, _ facts: AuditFacts) -> JSONText {
        var object = JSONText()
        object.member("kind", finding.kind.rawValue)
        object.member("severity", finding.severity.rawValue)
        object.member("port", Int(finding.port))
        object.member("sockets", finding.sockets.map { socket($0, facts) })
        if !finding.others.isEmpty {
            object.member("others", finding.others.map { socket($0, facts) })
        }
        object.member("intruder", finding.intruder.rawValue)
        object.member("when", finding.moment.rawValue)
        object.member("places", finding.places.map(place))
        object.member("certain", finding.isCertain)
        if !finding.isCertain { object.member("depends_on", finding.dependsOn.map(\.rawValue)) }
        let words = AuditWords(
            facts: facts, kind: finding.kind, isCertain: finding.isCertain,
            count: finding.sockets.count, ports: [finding.port],
            isLocalhost: finding.places.contains {
                $0.destination.address == facts.localhost.first
            })
        object.member("proof", words.proof)
        object.member("changes", words.changes.map(\.whole))
        if !finding.trials.isEmpty { object.member("trials", finding.trials.map(trial)) }
        return object
    }

    private static func socket(_ socket: AuditedSocket, _ facts: AuditFacts) -> JSONText {
        var object = JSONText()
        object.member("address", "\(socket.address)")
        object.member("port", Int(socket.port))
        object.member("listening", socket.isListening)
        object.member("uid", Int(socket.socket.userID))
        object.member("user", facts.userName(socket.socket.userID))
        if let owner = socket.owners.first {
            object.member("process", owner.process.name)
            object.member("pid", Int(owner.process.number))
        }
        let group = socket.owners.first?.process.controlGroup ?? socket.controlGroup
        if let unit = group?.systemdUnit { object.member("unit", unit) }
        if let container = group?.container { object.member("container", container) }
        if let reuse = socket.reusesAddress { object.member("reuse_address", reuse) }
        if let reuse = socket.reusesPort { object.member("reuse_port", reuse) }
        return object
    }

    private static func place(_ place: AuditFinding.Place) -> JSONText {
        var object = JSONText()
        object.member("address", "\(place.destination.address)")
        object.member("port", Int(place.destination.port))
        if place.interface != 0 { object.member("interface", Int(place.interface)) }
        object.member("certain", place.dependsOn.isEmpty)
        return object
    }

    private static func trial(_ trial: AuditFinding.Trial) -> JSONText {
        var object = JSONText()
        object.member("address", "\(trial.request.address)")
        object.member("port", Int(trial.request.port))
        object.member("uid", Int(trial.request.userID))
        object.member("succeeded", trial.answer == .succeeded)
        switch trial.answer {
        case .succeeded: break
        case .addressInUse: object.member("error", "Address already in use")
        case .refused(let message): object.member("error", message)
        }
        return object
    }
}
