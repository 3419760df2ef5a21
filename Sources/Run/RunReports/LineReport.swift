// SPDX-License-Identifier: Apache-2.0

package import RunModel
package import Spool
import TextForms

/// `host: line` for each line as it completes; lines of different hosts never mix.
///
/// There is no limit to a line: while its end has not come it waits in the spool. A last line
/// without an end is written when its host ends, with a line feed added. Bytes are exact, except
/// that on a terminal control bytes are made visible (`SafeText`).
package struct LineReport: Reporter {
    /// What stands before each line.
    package enum Prefix: Hashable, Sendable {
        /// The host's name, a colon and a blank.
        case label
        /// Nothing: bytes are passed on as they come, and no line feed is added.
        case none
    }

    /// Lines of at least this length, in bytes, leave in pieces.
    private static let longLine = 65_536
    private static let newline = UInt8(ascii: "\n")

    private let names: TargetNames
    private let prefix: Prefix
    private let terminal: TerminalStreams
    private let spool: Spool
    private let labels: [[UInt8]]
    /// By host and stream, the line whose end has not come.
    private var incomplete: [SpooledBytes?]
    /// By host and stream, what of a UTF-8 sequence has come; only for `Prefix.none` on a terminal.
    private var safeTexts: [SafeText]
    private var owed = OwedOutput()

    package init(
        names: TargetNames, prefix: Prefix = .label, terminal: TerminalStreams, spool: Spool
    ) {
        self.names = names
        self.prefix = prefix
        self.terminal = terminal
        self.spool = spool
        labels = names.labels.map { Array("\($0): ".utf8) }
        incomplete = Array(repeating: nil, count: 2 * names.count)
        safeTexts = Array(repeating: SafeText(), count: prefix == .none ? 2 * names.count : 0)
    }

    package mutating func receive(_ event: RunEvent, into page: inout Page) {
        switch event.kind {
        case .output(let host, let stream, let bytes):
            switch prefix {
            case .label: appendLines(bytes, of: host, stream, to: &page)
            case .none: passOn(bytes, of: host, stream, to: &page)
            }
        case .ended(let host, _, _):
            for stream in OutputStream.allCases { endOutput(of: host, stream, to: &page) }
        case .finished:
            // A host that never ended must not take its last line along.
            for host in names.labels.indices {
                for stream in OutputStream.allCases { endOutput(of: host, stream, to: &page) }
            }
        case .began, .connecting, .waiting, .running, .notice, .closing, .interrupted: break
        }
    }

    package mutating func drain(into page: inout Page) -> Bool {
        owed.drain(into: &page, names: names)
    }

    private func place(of host: Int, _ stream: OutputStream) -> Int {
        2 * host + Int(stream.rawValue)
    }

    private mutating func passOn(
        _ bytes: [UInt8], of host: Int, _ stream: OutputStream, to page: inout Page
    ) {
        if terminal[stream] {
            safeTexts[place(of: host, stream)].append(bytes[...], to: &page[stream])
        } else {
            page[stream].append(contentsOf: bytes)
        }
    }

    private mutating func endOutput(
        of host: Int, _ stream: OutputStream, to page: inout Page
    ) {
        let place = place(of: host, stream)
        if prefix == .none { safeTexts[place].finish(to: &page[stream]) }
        if incomplete[place] != nil { endHeldLine(of: host, stream, to: &page) }
    }

    private mutating func appendLines(
        _ bytes: [UInt8], of host: Int, _ stream: OutputStream, to page: inout Page
    ) {
        var start = 0
        if incomplete[place(of: host, stream)] != nil {
            let end = ByteSearch.first(Self.newline, in: bytes, from: 0) ?? bytes.count
            hold(bytes[..<end], of: host, stream, to: &page)
            guard end < bytes.count else { return }
            endHeldLine(of: host, stream, to: &page)
            start = end + 1
        }
        if owed.isEmpty {
            start = appendWholeLines(bytes, from: start, of: host, stream, to: &page[stream])
        } else {
            var rest: [UInt8] = []
            start = appendWholeLines(bytes, from: start, of: host, stream, to: &rest)
            owed.add(rest, to: stream)
        }
        if start < bytes.count { hold(bytes[start...], of: host, stream, to: &page) }
    }

    /// Appends the lines that have their end, and returns where the one that has none starts.
    private func appendWholeLines(
        _ bytes: [UInt8], from first: Int, of host: Int, _ stream: OutputStream,
        to text: inout [UInt8]
    ) -> Int {
        var start = first
        while let end = ByteSearch.first(Self.newline, in: bytes, from: start) {
            text.append(contentsOf: labels[host])
            if terminal[stream] {
                var safeText = SafeText()
                safeText.append(bytes[start..<end], to: &text)
                safeText.finish(to: &text)
                text.append(Self.newline)
            } else {
                text.append(contentsOf: bytes[start...end])
            }
            start = end + 1
        }
        return start
    }

    /// Keeps the beginning of a line; where there is no room for it, writes the line as far as it
    /// has come, and says so.
    private mutating func hold(
        _ bytes: ArraySlice<UInt8>, of host: Int, _ stream: OutputStream, to page: inout Page
    ) {
        let place = place(of: host, stream)
        let held = incomplete[place] ?? spool.makeBytes()
        incomplete[place] = held
        do {
            try held.append(bytes)
        } catch {
            page.say("\(names[host]): a long line is broken into several: \(error)")
            endHeldLine(of: host, stream, to: &page)
            var line = labels[host]
            if terminal[stream] {
                var safeText = SafeText()
                safeText.append(bytes, to: &line)
                safeText.finish(to: &line)
            } else {
                line.append(contentsOf: bytes)
            }
            line.append(Self.newline)
            if owed.isEmpty {
                page[stream].append(contentsOf: line)
            } else {
                owed.add(line, to: stream)
            }
            // What follows continues the broken line; nothing may, and then no line is owed.
            incomplete[place] = spool.makeBytes()
        }
    }

    private mutating func endHeldLine(
        of host: Int, _ stream: OutputStream, to page: inout Page
    ) {
        let place = place(of: host, stream)
        guard let held = incomplete[place] else { return }
        incomplete[place] = nil
        guard held.count > 0 else { return }
        owed.add(labels[host], to: stream)
        owed.add(held, of: host, to: stream, isSafe: terminal[stream], ending: .newline)
        // A short line need not wait for the next page.
        if held.count < Self.longLine { _ = owed.drain(into: &page, names: names) }
    }
}
