// SPDX-License-Identifier: Apache-2.0

package import RunModel

/// Another report's text with a progress line under it, for a standard error that is a terminal.
///
/// The line is erased before other text goes to the terminal and drawn again after it, at most ten
/// times a second, and never where a line of text is not complete.
package struct TerminalReport: Reporter {
    /// The least time between two drawings.
    private static let interval = Duration.milliseconds(100)
    /// Back to the first column, and erase to the end of the line (ECMA-48 EL).
    private static let erasing = Array("\r\u{1b}[K".utf8)

    /// How many columns the terminal has.
    package var width: Int

    private var report: any Reporter
    private let outputIsTerminal: Bool
    private var progress = ProgressLine()
    private var isDrawn = false
    private var drawnAt: Duration?
    private var isAtLineStart = true
    private var isFinished = false
    private var time = Duration.zero

    /// - Parameters:
    ///   - report: what writes the text.
    ///   - outputIsTerminal: whether the standard output is the same terminal.
    ///   - width: how many columns the terminal has.
    package init(_ report: any Reporter, outputIsTerminal: Bool, width: Int) {
        self.report = report
        self.outputIsTerminal = outputIsTerminal
        self.width = width
    }

    package mutating func receive(_ event: RunEvent, into page: inout Page) {
        time = event.time
        progress.receive(event)
        switch event.kind {
        case .finished: isFinished = true
        case .began, .connecting, .waiting, .running, .output, .notice, .closing, .ended,
            .interrupted:
            break
        }
        report.receive(event, into: &page)
        surround(&page)
    }

    package mutating func drain(into page: inout Page) -> Bool {
        guard report.drain(into: &page) else { return false }
        surround(&page)
        return true
    }

    package mutating func timePassed(to time: Duration, into page: inout Page) {
        self.time = max(self.time, time)
        report.timePassed(to: time, into: &page)
        surround(&page)
    }

    /// Erases the line before the page's text and draws it after.
    private mutating func surround(_ page: inout Page) {
        let output = outputIsTerminal ? page.standardOutput : []
        if let last = page.standardError.last ?? output.last {
            isAtLineStart = last == UInt8(ascii: "\n")
        }
        if isDrawn, !output.isEmpty || !page.standardError.isEmpty || isFinished {
            // The standard output is written first.
            let first: OutputStream = output.isEmpty ? .standardError : .standardOutput
            page[first].insert(contentsOf: Self.erasing, at: 0)
            isDrawn = false
        }
        guard isAtLineStart, !isFinished else { return }
        if let drawnAt, time - drawnAt < Self.interval { return }
        page.standardError.append(contentsOf: Self.erasing)
        page.standardError.append(contentsOf: progress.text(width: width, at: time).utf8)
        isDrawn = true
        drawnAt = time
    }
}
