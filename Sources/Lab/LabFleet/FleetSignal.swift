// SPDX-License-Identifier: Apache-2.0

/// Signals by the names that ssh has for them (RFC 4254 section 6.10).
enum FleetSignal {
    private static let numbers = [
        1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 6: "ABRT", 8: "FPE", 9: "KILL", 10: "USR1",
        11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM",
    ]

    /// The name of `-9`, `-KILL` or `-SIGKILL`.
    static func name(of option: String) -> String? {
        guard option.hasPrefix("-") else { return nil }
        var text = option.dropFirst()
        if let number = Int(text) { return numbers[number] }
        if text.hasPrefix("SIG") { text = text.dropFirst(3) }
        return numbers.values.contains(String(text)) ? String(text) : nil
    }
}
