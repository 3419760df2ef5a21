// SPDX-License-Identifier: Apache-2.0

/// The names of Linux signals (signal(7)), as a person knows them.
enum SignalName {
    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
        "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
        "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]

    /// The name of a signal without `SIG`, or `nil` for one that has none.
    static func of(_ signal: Int) -> String? {
        switch signal {
        case 1...names.count: names[signal - 1]
        case 34...64: signal == 34 ? "RTMIN" : "RTMIN+\(signal - 34)"
        default: nil
        }
    }

    /// `signal 9 (KILL)`.
    static func described(_ signal: Int) -> String {
        guard let name = of(signal) else { return "signal \(signal)" }
        return "signal \(signal) (\(name))"
    }
}
