// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TextForms

/// Diagnoses as one JSON object on one line; `Docs/why.md` is its reference.
package enum DiagnosisJSON {
    /// The line of a diagnosis of bind(2), with its newline.
    package static func line(_ diagnosis: BindDiagnosis) -> [UInt8] { object(diagnosis).line() }

    /// The line of a diagnosis of connect(2), with its newline.
    package static func line(_ diagnosis: ConnectDiagnosis) -> [UInt8] {
        let budget = diagnosis.budget
        var object = JSONText()
        object.member("v", 1)
        object.member("call", "connect")
        object.member("address", "\(diagnosis.destination.address)")
        object.member("port", Int(diagnosis.destination.port))
        if case .port(let port) = diagnosis.source { object.member("from", Int(port)) }
        object.member("verdict", word(diagnosis.verdict))
        object.member("ports", budget.allPorts)
        object.member("free", budget.freePorts)
        object.member("time_wait", budget.timeWait)
        object.member("open", budget.open)
        object.member("closing", budget.closing)
        object.member("bound", budget.bound)
        if let end = budget.firstEnd {
            object.member("first_end", number: DurationText.seconds(end))
        }
        if let blocker = diagnosis.blocker {
            object.member("state", "\(blocker.holder.state.tcpState)")
        }
        if let bind = diagnosis.bind { object.member("bind", self.object(bind)) }
        return object.line()
    }

    private static func object(_ diagnosis: BindDiagnosis) -> JSONText {
        let settings = diagnosis.surroundings.settings
        var object = JSONText()
        object.member("v", 1)
        object.member("call", "bind")
        object.member("address", "\(diagnosis.request.address)")
        object.member("port", Int(diagnosis.request.port))
        object.member("reuse_address", diagnosis.request.reusesAddress)
        object.member("reuse_port", diagnosis.request.reusesPort)
        object.member("v6only", diagnosis.request.isIPv6Only)
        object.member("user", Int(diagnosis.request.userID))
        object.member("verdict", word(diagnosis.verdict))
        object.member("certainty", diagnosis.certainty.rawValue)
        object.member("blockers", diagnosis.blockers.prefix(100).map { blocker($0, settings) })
        object.member(
            "remedies",
            diagnosis.remedies.map { remedy in
                var object = JSONText()
                object.member("kind", remedy.kind.rawValue)
                object.member("text", remedy.text)
                return object
            })
        return object
    }

    private static func blocker(
        _ blocker: BindDiagnosis.Blocker, _ settings: PortSettings
    ) -> JSONText {
        let socket = blocker.sighting.socket
        var object = JSONText()
        object.member("state", "\(blocker.sighting.holder.state.tcpState)")
        object.member("holder", blocker.sighting.holder.state.rawValue)
        object.member("local", "\(socket.localAddress)")
        object.member("local_port", Int(socket.localPort))
        if let remote = blocker.sighting.holder.remote {
            object.member("remote", "\(remote.address)")
            object.member("remote_port", Int(remote.port))
        }
        if let stay = blocker.longestStay {
            object.member("longest_stay", number: DurationText.seconds(stay))
        }
        object.member("certain", blocker.obstacle.isCertain)
        object.member("overlap", blocker.obstacle.overlap.rawValue)
        object.member("depends_on", blocker.obstacle.dependsOn.map(\.rawValue))
        object.member("count", blocker.sighting.count)
        member(blocker.sighting.ownership, of: &object)
        if let other = blocker.counterpart {
            var end = JSONText()
            end.member("state", "\(other.holder.state.tcpState)")
            member(other.ownership, of: &end)
            object.member("other_end", end)
        }
        object.member("text", BlockerText(blocker: blocker, settings: settings).clause)
        return object
    }

    private static func member(_ ownership: PortSighting.Ownership, of object: inout JSONText) {
        switch ownership {
        case .owned(let owners): object.member("owners", owners.map(owner))
        case .hidden(let hidden):
            var owner = JSONText()
            owner.member("user", hidden.user)
            if let unit = hidden.unit { owner.member("unit", unit) }
            owner.member("reason", hidden.reason)
            object.member("hidden", owner)
        case .nobody, .notAccepted, .unknown: break
        }
    }

    private static func owner(_ owner: PortOwner) -> JSONText {
        var object = JSONText()
        object.member("name", owner.name)
        object.member("pid", owner.pid)
        object.member("descriptor", owner.descriptor)
        object.member("user", owner.user)
        if let unit = owner.unit { object.member("unit", unit) }
        if let age = owner.age { object.member("running", number: DurationText.seconds(age)) }
        return object
    }

    private static func word(_ verdict: BindDiagnosis.Verdict) -> String {
        switch verdict {
        case .works: "works"
        case .blocked: "blocked"
        case .uncertain: "uncertain"
        case .notAllowed: "not-allowed"
        case .addressNotHere: "address-not-here"
        case .mappedAddressRefused: "mapped-address-refused"
        }
    }

    private static func word(_ verdict: ConnectDiagnosis.Verdict) -> String {
        switch verdict {
        case .works: "works"
        case .displaces: "displaces"
        case .bindFails: "bind-fails"
        case .bindUncertain: "bind-uncertain"
        case .sameConnection: "same-connection"
        case .uncertain: "uncertain"
        case .exhausted: "exhausted"
        case .nobodyListens: "nobody-listens"
        case .unreachable: "unreachable"
        }
    }
}
