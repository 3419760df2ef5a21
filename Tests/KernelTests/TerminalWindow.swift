// SPDX-License-Identifier: Apache-2.0

import LiveProcesses

/// A terminal with a shell in it, of a server of tmux(1) of its own.
struct TerminalWindow {
    private let server: String

    /// Opens a window, does something, and closes it; the shell's prompt is `ready>`.
    static func open(
        _ server: String, columns: Int, rows: Int,
        _ body: (TerminalWindow) async throws -> Void
    ) async throws {
        let window = TerminalWindow(server: server)
        try await window.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)",
            "exec env LC_ALL=C.UTF-8 PS1='ready> ' bash --norc --noprofile")
        do {
            try await window.wait { $0.contains { $0.hasPrefix("ready>") } }
            try await body(window)
        } catch {
            try await window.tmux("kill-server")
            throw error
        }
        try await window.tmux("kill-server")
    }

    @discardableResult
    private func tmux(_ words: String...) async throws -> String {
        let result = try await Lastcall.start(
            ["tmux", "-u", "-L", server] + words, input: [], environment: ["TMUX": nil])
        return result.output
    }

    /// Types a line, or a key of tmux's names.
    func type(_ text: String) async throws { try await tmux("send-keys", text, "Enter") }

    func press(_ key: String) async throws { try await tmux("send-keys", key) }

    func resize(columns: Int, rows: Int) async throws {
        try await tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
    }

    /// What the screen shows, without empty lines at its end.
    func lines() async throws -> [Substring] {
        let lines = try await tmux("capture-pane", "-p")
            .split(separator: "\n", omittingEmptySubsequences: false)
        return Array(lines.reversed().drop { $0.isEmpty }.reversed())
    }

    /// Looks until the screen shows what is waited for.
    @discardableResult
    func wait(until condition: ([Substring]) -> Bool) async throws -> [Substring] {
        while true {
            let lines = try await lines()
            if condition(lines) { return lines }
        }
    }
}
