// SPDX-License-Identifier: Apache-2.0

import TextForms

/// A setting that people turn when ports run out: what it does here, and what it does not.
package struct Knob: Hashable, Sendable {
    /// `net.ipv4.tcp_tw_reuse`, or what else it is.
    package var name: String
    /// Its value here; `nil` for what is no setting, or is missing in this kernel.
    package var value: String?
    /// What turning it does.
    package var effect: String
    /// What it risks.
    package var risk: String

    /// All of them, the safest first; `value` gives the text of a setting such as
    /// `ipv4.tcp_fin_timeout`.
    package static func all(reading value: (String) -> String?) -> [Knob] {
        func setting(_ name: String, _ effect: String, risk: String) -> Knob {
            Knob(
                name: "net.ipv4.\(name)", value: value("ipv4.\(name)"), effect: effect, risk: risk)
        }
        func habit(_ name: String, _ effect: String, risk: String) -> Knob {
            Knob(name: name, value: nil, effect: effect, risk: risk)
        }
        var knobs: [Knob] = []
        knobs.append(
            habit(
                "who closes first",
                """
                The end that closes first keeps TIME-WAIT. Let the remote end close, and no port \
                of this machine rests.
                """,
                risk: "None; a server that is called often pays with its own ports."))
        knobs.append(
            habit(
                "fewer connections",
                "Keep connections open and use them again: the one cure without limits.",
                risk: "None."))
        knobs.append(
            setting(
                "ip_local_port_range",
                "More ports for each destination, and so more connections a second.",
                risk: """
                    A daemon that starts later may find its port taken: name such ports in \
                    ip_local_reserved_ports.
                    """))
        knobs.append(
            setting(
                "tcp_tw_reuse",
                """
                1: an outgoing connection takes over a TIME-WAIT older than tcp_tw_reuse_delay, \
                where both ends have timestamps. 2, the default: on loopback only. No effect on \
                bind() or on listeners.
                """,
                risk: "Small (RFC 6191)."))
        knobs.append(
            setting(
                "tcp_timestamps",
                """
                Must be 1 for any reuse of TIME-WAIT. Without, a four-tuple rests for 60 s, \
                whatever the program does.
                """,
                risk: "Turning it off makes things worse."))
        knobs.append(
            habit(
                "SO_REUSEADDR",
                """
                Lets bind() take a port whose old connections are in TIME-WAIT, if the old socket \
                had it too.
                """,
                risk: """
                    While nobody listens there, any user whose socket has it may bind the port as \
                    well.
                    """))
        knobs.append(
            setting(
                "tcp_max_tw_buckets", "Above this many, connections skip TIME-WAIT.",
                risk: "Lowering it removes the protection against stray segments, at random."))
        knobs.append(
            setting(
                "tcp_fin_timeout",
                """
                How long an orphan waits in FIN-WAIT-2. It does not shorten TIME-WAIT, though \
                that is said everywhere; above 60 it even shortens FIN-WAIT-2, to twice what it \
                exceeds 60 by (measured).
                """,
                risk: "A slow peer's last data is answered with RST."))
        knobs.append(
            habit(
                "ss -K", "Ends single sockets, TIME-WAIT too (CAP_NET_ADMIN).",
                risk: "What the connection still owed is lost."))
        knobs.append(
            Knob(
                name: "the length of TIME-WAIT", value: "60 s",
                effect: "A constant of Linux (TCP_TIMEWAIT_LEN): no setting changes it.",
                risk: "-"))
        return knobs
    }

    /// The knobs for a person.
    package static func text(_ knobs: [Knob], width: Int = 80) -> String {
        var lines: [String] = []
        for knob in knobs {
            let value = knob.value.map { value in
                // The kernel writes a tab between two numbers.
                value.isEmpty ? " = (none)" : " = " + String(value.map { $0 == "\t" ? " " : $0 })
            }
            lines.append(knob.name + (value ?? ""))
            for text in [knob.effect, "Risk: \(knob.risk)"] {
                lines += Paragraph.lines(text, width: width - 2).map { "  \($0)" }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
