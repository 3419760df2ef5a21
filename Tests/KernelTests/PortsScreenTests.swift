// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

/// `lastcall ports --watch` on a terminal.
@Suite struct `lastcall ports --watch on a terminal` {
    private static func isPage(_ lines: [Substring], columns: Int) -> Bool {
        lines.first?.hasPrefix("lastcall ports") == true && lines.allSatisfy { $0.count <= columns }
            && lines.last?.hasPrefix("TIME-WAIT: ") == true
    }

    private static let command = "unshare --net \(Lastcall.path) ports --watch --interval 100ms"

    @Test(.timeLimit(.minutes(1)))
    func `fits the terminal, follows its size, and leaves it as it was`() async throws {
        try await TerminalWindow.open("lastcall-watch", columns: 80, rows: 24) { window in
            try await window.type("echo before")
            try await window.type(Self.command)
            let page = try await window.wait { Self.isPage($0, columns: 80) }
            #expect(page[0].count == 80)
            #expect(!page.contains { $0.contains("before") })
            try await window.resize(columns: 40, rows: 8)
            let small = try await window.wait { Self.isPage($0, columns: 40) && $0[0].count == 40 }
            #expect(small.count <= 8)
            try await window.resize(columns: 120, rows: 40)
            let large = try await window.wait { $0.first?.hasSuffix("(32768-60999)") == true }
            // Nothing of the small page is left.
            #expect(large.count { $0.hasPrefix("TIME-WAIT: ") } == 1)
            #expect(large.count { $0.hasPrefix("lastcall ports") } == 1)
            try await window.press("C-c")
            let after = try await window.wait { $0.last == "ready>" }
            #expect(after.contains("before"))
            #expect(after.contains("No connection ended."))
            #expect(!after.contains { $0.hasPrefix("TIME-WAIT: ") })
            // What is typed shows again.
            try await window.type("echo $((40 + 2))")
            let echo = try await window.wait { $0.contains("42") }
            #expect(echo.contains("ready> echo $((40 + 2))"))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `stops for ^Z and goes on, and ends with q`() async throws {
        try await TerminalWindow.open("lastcall-stop", columns: 80, rows: 24) { window in
            try await window.type("exec 9>&1; " + Self.command)
            try await window.wait { Self.isPage($0, columns: 80) }
            try await window.press("C-z")
            try await window.wait { $0.contains { $0.contains("Stopped") } && $0.last == "ready>" }
            try await window.type("fg")
            try await window.wait { Self.isPage($0, columns: 80) }
            try await window.press("q")
            let after = try await window.wait { $0.last == "ready>" }
            #expect(after.contains("No connection ended."))
        }
    }
}
