// SPDX-License-Identifier: Apache-2.0

package import RunModel

/// Turns the events of a run into text: event in, bytes out.
///
/// A reporter writes nothing itself. Replaying the same events gives the same bytes. Whoever drives
/// it empties the page after every call, and after each event drains it:
///
///     reporter.receive(event, into: &page)
///     write(page)
///     while reporter.drain(into: &page) { write(page) }
package protocol Reporter: Sendable {
    /// Takes one event and appends what it makes of it to the page.
    mutating func receive(_ event: RunEvent, into page: inout Page)

    /// Appends the next piece of what the last event left to write, of bounded size.
    ///
    /// - Returns: whether there was anything; it is asked again until it says no. No event is
    ///   received before.
    mutating func drain(into page: inout Page) -> Bool

    /// Takes note of time that passed without an event.
    ///
    /// For reporters that redraw or repeat themselves; nothing breaks if it is never called.
    mutating func timePassed(to time: Duration, into page: inout Page)
}

extension Reporter {
    package mutating func drain(into page: inout Page) -> Bool { false }
    package mutating func timePassed(to time: Duration, into page: inout Page) {}
}

/// Bytes for the two streams of this process, in order per stream.
///
/// Where both are to be written, the bytes of the standard output go first.
package struct Page: Hashable, Sendable {
    package var standardOutput: [UInt8] = []
    package var standardError: [UInt8] = []
    /// Whether bytes of a remote command are missing: they could not be kept or read back.
    ///
    /// The page says which. Stays set until the page's owner clears it.
    package var outputLost = false

    package init() {}

    /// Whether there is nothing to write.
    package var isEmpty: Bool { standardOutput.isEmpty && standardError.isEmpty }

    /// Forgets the bytes, which have been written, and keeps the room they took.
    package mutating func removeBytes() {
        standardOutput.removeAll(keepingCapacity: true)
        standardError.removeAll(keepingCapacity: true)
    }

    /// The bytes for one stream.
    package subscript(stream: OutputStream) -> [UInt8] {
        get {
            switch stream {
            case .standardOutput: standardOutput
            case .standardError: standardError
            }
        }
        _modify {
            switch stream {
            case .standardOutput: yield &standardOutput
            case .standardError: yield &standardError
            }
        }
    }

    /// Appends one line for a person to the standard error.
    mutating func say(_ line: String) {
        standardError.append(contentsOf: "lastcall: ".utf8)
        standardError.append(contentsOf: line.utf8)
        standardError.append(UInt8(ascii: "\n"))
    }
}

/// Which streams of this process are a terminal, whose control bytes a remote command must not
/// send.
package struct TerminalStreams: Hashable, Sendable {
    package var standardOutput: Bool
    package var standardError: Bool

    package init(standardOutput: Bool, standardError: Bool) {
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    /// Both streams go to files or pipes.
    package static let none = TerminalStreams(standardOutput: false, standardError: false)

    package subscript(stream: OutputStream) -> Bool {
        switch stream {
        case .standardOutput: standardOutput
        case .standardError: standardError
        }
    }
}
