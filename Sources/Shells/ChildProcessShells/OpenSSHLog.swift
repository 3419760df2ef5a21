// SPDX-License-Identifier: Apache-2.0

/// What ssh(1) tells of itself with `LogLevel=DEBUG1`, read as far as it matters for the outcome.
///
/// The exit code 255 of ssh(1) alone says nothing: it is its own failure, or the remote command's
/// 255, or the remote command's death by a signal. Its log tells them apart (read in OpenSSH 9.2's
/// ssh.c, clientloop.c and mux.c, and measured). The server can put text of its own into the log;
/// it can lie about the command's status anyway.
package struct OpenSSHLog: Hashable, Sendable {
    /// How far the session is.
    package enum Stage: Hashable, Sendable, Comparable {
        /// The server has not been given the command.
        case connecting
        /// The server has been given the command.
        case commandSent
        /// The command's exit code has arrived; it is ssh's own exit code.
        case exitStatus
        /// The server said that the command died of a signal; ssh(1) does not say of which.
        case exitSignal
    }

    /// How far the session is.
    package private(set) var stage = Stage.connecting
    /// Whether another ssh(1) process holds the connection (`ControlMaster`); this one then says
    /// nothing about the exit status.
    package private(set) var isShared = false
    /// What ssh(1) would have told a person, without line ends; the first 64 lines.
    package private(set) var messages: [String] = []
    /// Whether ssh(1) has written anything at all.
    package private(set) var isEmpty = true

    private var line: [UInt8] = []

    /// A line is cut here; ssh(1) itself cuts at 1,024 bytes.
    private static let longestLine = 4096
    private static let mostMessages = 64

    package init() {}

    /// Reads the next bytes of the log.
    package mutating func receive(_ bytes: [UInt8]) {
        if !bytes.isEmpty { isEmpty = false }
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                finishLine()
            } else if line.count < Self.longestLine {
                line.append(byte)
            }
        }
    }

    /// Reads what stands after the last line end.
    package mutating func end() { finishLine() }

    private mutating func finishLine() {
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        line.removeAll(keepingCapacity: true)
        if text.hasPrefix("debug") {
            read(debug: text)
        } else if !text.isEmpty, messages.count < Self.mostMessages, !Self.isRoutine(text) {
            messages.append(text)
        }
    }

    private mutating func read(debug text: String) {
        if text.hasPrefix("debug1: Sending command: ") {
            stage = max(stage, .commandSent)
        } else if text.hasPrefix("debug1: mux_client_request_session: master session id") {
            stage = max(stage, .commandSent)
            isShared = true
        } else if text.hasPrefix("debug1: client_input_channel_req: channel ") {
            if text.hasSuffix(" rtype exit-status reply 0") { stage = max(stage, .exitStatus) }
            if text.hasSuffix(" rtype exit-signal reply 0") { stage = max(stage, .exitSignal) }
        }
    }

    /// What ssh(1) tells at this level only, and what is decoration.
    private static func isRoutine(_ text: String) -> Bool {
        let starts = [
            "Authenticated to ", "Authenticated using ", "Transferred: sent ",
            "Bytes per second: sent ", "Killed by signal ", "OpenSSH_", "@",
        ]
        return starts.contains { text.hasPrefix($0) }
    }
}
