// SPDX-License-Identifier: Apache-2.0

/// Which commands need no subshell to keep the login shell alive behind them.
///
/// Simple is one program and its arguments, in characters that no shell has a use for, where the
/// program is not the shell itself: a builtin that ends it (`exit`, `exec`), or a function of a
/// startup file that may. So the program is named by a path, or is one of a list of utilities whose
/// names nobody gives to a function that ends the shell. All others do no worse than to cost their
/// host one process more.
enum SimpleCommand {
    /// Utilities that people ask many hosts for.
    private static let utilities: Set<Substring> = [
        "arch", "blkid", "cat", "cksum", "date", "df", "dmesg", "dmidecode", "dpkg", "du", "echo",
        "ethtool", "false", "file", "findmnt", "free", "getconf", "getent", "grep", "groups",
        "head",
        "hostname", "hostnamectl", "id", "ifconfig", "iostat", "ip", "journalctl", "last", "ls",
        "lsblk", "lscpu", "lsmod", "lspci", "lsof", "md5sum", "netstat", "nproc", "nvidia-smi",
        "pgrep", "printf", "ps", "readlink", "route", "rpm", "sensors", "sha256sum", "sleep", "ss",
        "stat", "sysctl", "systemctl", "tail", "tty", "true", "uname", "uptime", "vmstat", "w",
        "wc",
        "who", "whoami",
    ]

    static func isSimple(_ command: String) -> Bool {
        guard command.utf8.allSatisfy(isInert) else { return false }
        let words = command.split(separator: " ")
        guard let program = words.first else { return false }
        // zsh reads a word that begins with "=" as the path of a program.
        guard !words.contains(where: { $0.hasPrefix("=") }) else { return false }
        return program.contains("/") ? !program.contains("=") : utilities.contains(program)
    }

    /// Whether the character stands for itself in every shell, wherever it stands in a word but for
    /// a leading "=".
    private static func isInert(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "), UInt8(ascii: "/"),
            UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "+"), UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "@"),
            UInt8(ascii: "%"):
            true
        case _: false
        }
    }
}
