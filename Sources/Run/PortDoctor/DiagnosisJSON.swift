// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TextForms

/// Diagnoses as one JSON object on one line; `Docs/why.md` is its reference.
package enum DiagnosisJSON {
    /// The line of a diagnosis of bind(2), with its newline.
    package static func line(_ diagnosis: BindDiagnosis, settings: PortSettings) -> [UInt8] {
        object(diagnosis, settings: settings).line()
    }

    /// The line of a diagnosis of connect(2), with its newline.
    package static func line(_ diagnosis: ConnectDiagnosis) -> [UInt8] {
        var object = JSONText()
        object.member("v", 1)
        object.member("call", "connect")
        object.member("address", "\(diagnosis.destination.address)")
        object.member("port", Int(diagnosis.destination.port))
        if case .port(let port) = diagnosis.source { object.member("from", Int(port)) }
        object.member("verdict", word(diagnosis.verdict))
        if case .works(let free?) = diagnosis.verdict { object.member("free", free) }
        if let traffic = diagnosis.traffic {
            object.member("time_wait", traffic.count.timeWait)
            object.member("open", traffic.count.open)
        }
        if let bind = diagnosis.bind {
            object.member("bind", self.object(bind, settings: diagnosis.settings))
        }
        return object.line()
    }

    private static func object(_ diagnosis: BindDiagnosis, settings: PortSettings) -> JSONText {
        var object = JSONText()
        object.member("v", 1)
        object.member("call", "bind")
        object.member("address", "\(diagnosis.request.address)")
        object.member("port", Int(diagnosis.request.port))
        object.member("reuse_address", diagnosis.request.reusesAddress)
        object.member("reuse_port", diagnosis.request.reusesPort)
        object.member("verdict", word(diagnosis.verdict))
        object.member("blockers", diagnosis.blockers.map { blocker($0, settings) })
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
        if case .owned(let owners) = blocker.sighting.ownership {
            object.member("owners", owners.map(self.owner))
        }
        if case .hidden(let why) = blocker.sighting.ownership { object.member("hidden", why) }
        object.member("text", BlockerText(blocker: blocker, settings: settings).clause)
        return object
    }

    private static func owner(_ owner: PortOwner) -> JSONText {
        var object = JSONText()
        object.member("name", owner.name)
        object.member("pid", owner.pid)
        object.member("descriptor", owner.descriptor)
        object.member("user", owner.user)
        if let unit = owner.unit { object.member("unit", unit) }
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
        case .sameConnection: "same-connection"
        case .uncertain: "uncertain"
        case .exhausted: "exhausted"
        case .noSourceAddress: "no-source-address"
        }
    }
}
