// SPDX-License-Identifier: Apache-2.0

import RcmdProtocol
import Testing

/// Visits every order in which a session's connections can open, speak and end.
@Suite struct `In every order of events` {
    struct World: Hashable {
        var session: RcmdConversation
        /// What the server has still to say on its primary connection.
        var primary: [String]
        /// And on its stderr connection; `nil` once that has ended.
        var stderr: [String]?
        var isOpen = false
        var stderrIsOpen = false
        var primaryIsOver = false
    }

    private static let scripts: [[String]] = [
        ["\0", "out", "\u{1e}Kq3:3\u{1e}"], ["\0out", "\u{1e}Kq3:", "3\u{1e}"],
        ["\0Authentication failure\n"], ["\u{1}Permission", " denied.\n"], ["\0A"], [],
    ]

    @Test(arguments: scripts, [(false, false), (true, false), (true, true)])
    func `a session ends once and delivers nothing afterwards`(
        script: [String], connections: (stderr: Bool, waits: Bool)
    ) {
        let first = World(
            session: RcmdConversation(stderr: connections.stderr, waits: connections.waits),
            primary: script, stderr: connections.stderr ? ["err"] : nil)
        var seen: Set = [first]
        var frontier = [first]
        var ends: Set<RcmdEnd> = []
        while let world = frontier.popLast() {
            let next = Self.successors(of: world)
            if next.isEmpty { #expect(world.session.ends.count == 1, "\(world)") }
            for after in next {
                if let fault = Self.fault(in: after) { Issue.record("\(fault): \(after)") }
                ends.formUnion(after.session.ends)
                if seen.insert(after).inserted { frontier.append(after) }
            }
        }
        #expect(seen.count > 5)
        #expect(ends.count > 1)
    }

    private static func fault(in world: World) -> String? {
        let session = world.session
        if session.ends.count > 1 { return "ends twice" }
        if !session.late.isEmpty { return "acts after its end: \(session.late)" }
        if session.runnings > 1 || session.statuses > 1 { return "tells a thing twice" }
        if session.output.count > 23 || session.error.count > 3 { return "delivers twice" }
        switch session.ends.first {
        case .status: return session.statuses == 1 ? nil : "a status out of nothing"
        case .refused(.permissionDenied) where !session.output.isEmpty: return "refusal and output"
        case .refused, .noStatus, nil: return nil
        }
    }

    private static func successors(of world: World) -> [World] {
        guard world.session.ends.isEmpty else { return [] }
        var next: [World] = []
        func add(_ change: (inout World) -> Void) {
            var after = world
            change(&after)
            next.append(after)
        }
        add { $0.session.tell { $0.abandoned() } }
        guard world.isOpen else {
            add {
                $0.isOpen = true
                $0.session.tell { $0.opened() }
            }
            return next
        }
        if !world.primaryIsOver {
            for reset in [false, true] where world.primary.isEmpty || reset {
                add {
                    $0.primaryIsOver = true
                    $0.session.tell { $0.primaryEnded(reset: reset) }
                }
            }
            if let piece = world.primary.first {
                add {
                    $0.primary.removeFirst()
                    $0.session.receive(piece)
                }
            }
        }
        guard let stderr = world.stderr else { return next }
        if !world.stderrIsOpen {
            add {
                $0.stderrIsOpen = true
                $0.session.tell { $0.stderrConnected() }
            }
        } else if let piece = stderr.first {
            add {
                $0.stderr?.removeFirst()
                $0.session.tell { $0.receivedStderr(Array(piece.utf8)) }
            }
        }
        add {
            $0.stderr = nil
            $0.session.tell { $0.stderrEnded() }
        }
        return next
    }
}
