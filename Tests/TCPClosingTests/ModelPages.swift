// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// The parts of the pages in `Docs` that are made from the model.
enum ModelPages {
    /// The whole of `Docs/transitions.md`.
    static var transitions: String {
        let table = TransitionTable.linux
        let head = """
            # The transition table

            Made from `TransitionTable.linux`; a test compares. What each event is, and what Linux does
            where RFC 9293 leaves a choice, is documented in `ClosingEvent` and in the sources named.
            *stays* means that the state does not change but something is sent, a timer starts or bytes
            change hands. The row of a RST in TIME-WAIT is another one with `net.ipv4.tcp_rfc1337`: *ignored*.


            """
        return head + TCPState.allCases.map { page(of: $0, in: table) }.joined(separator: "\n")
    }

    private static func page(of state: TCPState, in table: TransitionTable) -> String {
        let rows = ClosingEvent.allCases.map { table[state, $0] }
        var text = "## \(state)\n\n| event | next | sends | source |\n|---|---|---|---|\n"
        for row in rows where row.reason == nil {
            let next = row.next == state ? "*stays*" : row.next.rawValue
            let timer = row.startsTimeWait ? ", the 60 s start" : ""
            text += "| \(row.event) | \(next)\(timer) | \(row.sends.rawValue) | \(row.source) |\n"
        }
        text += list("Ignored", rows.filter { $0.reason != nil && $0.isPossible })
        return text + list("Impossible", rows.filter { !$0.isPossible })
    }

    /// Rows in which nothing happens, gathered by the reason.
    private static func list(_ title: String, _ rows: [Transition]) -> String {
        var reasons: [(reason: String, events: [String])] = []
        for row in rows {
            let reason = row.reason ?? ""
            if let index = reasons.firstIndex(where: { $0.reason == reason }) {
                reasons[index].events.append(row.event.rawValue)
            } else {
                reasons.append((reason, [row.event.rawValue]))
            }
        }
        guard !reasons.isEmpty else { return "" }
        let lines = reasons.map { "- \($0.events.joined(separator: "; ")): \($0.reason)" }
        return "\n\(title):\n\n" + lines.joined(separator: "\n") + "\n"
    }

    /// The moves among the states of closing, as a diagram in Mermaid.
    static var diagram: String {
        let states: [TCPState] = [
            .established, .finWait1, .finWait2, .closing, .timeWait, .closeWait, .lastAck, .closed,
        ]
        let shown: Set<ClosingEvent> = [
            .close, .fin, .ackOfFin, .finAckOfFin, .oldFinAckOfFin, .timeWaitTimer,
            .finWait2Timer, .rst,
        ]
        var lines = ["```mermaid", "stateDiagram-v2"]
        for state in states { lines.append("    state \"\(state)\" as \(symbol(state))") }
        for from in states {
            for to in states {
                let rows = ClosingEvent.allCases.map { TransitionTable.linux[from, $0] }
                    .filter { $0.outcome == .moves(to) && shown.contains($0.event) }
                    .filter { $0.event != .rst || from == .timeWait }
                guard !rows.isEmpty else { continue }
                let labels = rows.map { "\($0.event) / \($0.sends.rawValue)" }
                let label = labels.joined(separator: "<br>")
                lines.append("    \(symbol(from)) --> \(symbol(to)) : \(label)")
            }
        }
        return (lines + ["```"]).joined(separator: "\n")
    }

    private static func symbol(_ state: TCPState) -> String {
        state.rawValue.filter { $0 != "-" }
    }

    /// How much each layer holds.
    static var census: String {
        var lines = [
            "| layer | orders | ends: orders | connections | steps |", "|---|---:|---|---:|---:|",
        ]
        for layer in Layer.all + [.losses(3), .duplicates(2)] {
            let census = Exploration(layer).census()
            let ends = census.ends.sorted {
                ($1.value, $0.key.description) < ($0.value, $1.key.description)
            }
            let texts = ends.map { "\($0.key): \($0.value)" }.joined(separator: "<br>")
            lines.append(
                "| `\(layer.name)` | \(census.orders) | \(texts) | \(census.connections) "
                    + "| \(census.transitions) |")
        }
        return lines.joined(separator: "\n")
    }

    /// The paths of one end, and how many orders with a loss at most take each.
    static var paths: String {
        var counts: [ClosingPath: Int] = [:]
        Exploration(.losses(1))
            .forEachOrder { order in
                for end in ConnectionEnd.allCases { counts[order.path(of: end), default: 0] += 1 }
            }
        let lines = Exploration(.losses(1)).paths().map { "| \($0) | \(counts[$0] ?? 0) |" }
        return (["| path of one end | ends that walk it |", "|---|---:|"] + lines)
            .joined(separator: "\n")
    }

    /// The parts of `Docs/model.md`, by the name that marks them there.
    static let parts = [("diagram", diagram), ("census", census), ("paths", paths)]

    struct MarkMissing: Error {
        var name: String
    }

    /// A page with its marked parts replaced.
    ///
    /// A part stands between `<!-- NAME -->` and `<!-- end of NAME -->`, on lines of their own with
    /// at least one between them.
    static func renewed(_ page: String) throws -> String {
        var page = page
        for (name, text) in parts {
            let begin = "<!-- \(name) -->\n"
            let end = "\n<!-- end of \(name) -->"
            guard let from = page.firstRange(of: begin), let to = page.firstRange(of: end),
                from.upperBound <= to.lowerBound
            else { throw MarkMissing(name: name) }
            page.replaceSubrange(from.upperBound..<to.lowerBound, with: text)
        }
        return page
    }
}
