// SPDX-License-Identifier: Apache-2.0

import Glibc
package import SystemPackage

/// A page of its own on a terminal, drawn again and again, after which everything is as it was.
///
/// Uses the alternate screen (ECMA-48 and xterm's private modes 25 and 1049), as pagers do. Keys are
/// read as they are typed and not shown, when standard input is the same terminal.
package final class TerminalScreen {
    private let descriptor: Int32
    private var before: termios?
    private var isShown = false

    private static let enter = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[H\u{1b}[2J"
    private static let leave = "\u{1b}[?25h\u{1b}[?1049l"
    private static let home = "\u{1b}[H"
    private static let eraseLine = "\u{1b}[K"
    private static let eraseBelow = "\u{1b}[J"

    /// For standard output, which is a terminal.
    package init() { descriptor = STDOUT_FILENO }

    /// Columns and rows of the terminal now.
    package var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Whether keys can be read from standard input.
    package static var hasKeys: Bool { isatty(STDIN_FILENO) == 1 }

    /// Takes the terminal.
    package func show() throws(Errno) {
        guard !isShown else { return }
        isShown = true
        var mode = termios()
        if Self.hasKeys, tcgetattr(STDIN_FILENO, &mode) == 0 {
            before = mode
            mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
            _ = tcsetattr(STDIN_FILENO, TCSANOW, &mode)
        }
        try write(Self.enter)
    }

    /// Draws lines, no more than there are rows and none longer than there are columns.
    package func draw(_ lines: [String]) throws(Errno) {
        guard isShown else { return }
        // First, as the cursor may stay on the last column after a line that fills all of them.
        let text = lines.map { Self.eraseLine + $0 }.joined(separator: "\r\n")
        try write(Self.home + text + Self.eraseBelow)
    }

    /// Gives the terminal back as it was.
    package func hide() {
        guard isShown else { return }
        isShown = false
        try? write(Self.leave)
        if var mode = before { _ = tcsetattr(STDIN_FILENO, TCSANOW, &mode) }
        before = nil
    }

    /// The keys that have been typed, as bytes; empty at the end of the input as well.
    package static func keys() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(STDIN_FILENO, &bytes, bytes.count)
        return count > 0 ? Array(bytes[..<count]) : []
    }

    private func write(_ text: String) throws(Errno) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                bytes = bytes.dropFirst(count)
            } else if errno != EINTR {
                throw Errno(rawValue: errno)
            }
        }
    }
}
