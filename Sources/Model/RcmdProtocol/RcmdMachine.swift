// SPDX-License-Identifier: Apache-2.0

/// One rcmd session on the wire, without sockets: bytes and events in, bytes and actions out.
///
/// The primary connection carries request, verdict, standard input and output; a second one, which
/// the server makes to us, carries standard error and, from us, single bytes that are signal
/// numbers. Either may end first; the session ends when both have.
///
/// Invariants: no byte is delivered twice, out of order, or after the end; the verdict is read once
/// whatever the chunking; the session ends exactly once.
package struct RcmdMachine: Hashable, Sendable {
    /// Where the session is.
    package enum State: Hashable, Sendable {
        /// The primary connection is being made. Leaves to `awaitingVerdict` when it opens.
        case connecting
        /// The request is out; the first byte of the answer has not come.
        case awaitingVerdict
        /// The first byte was not 0: the rest is the server's reason, until the stream ends.
        case refused(firstByte: UInt8)
        /// The command runs, or its output is still coming.
        case streaming
        /// Over.
        case ended(RcmdEnd)
    }

    /// What the driver has to do.
    package enum Action: Hashable, Sendable {
        /// Send this part of the request on the primary connection.
        case sendRequest(RequestPart)
        /// The server has taken the command.
        case running
        /// Bytes of the command.
        case deliver(RcmdStream, [UInt8])
        /// The exit status is known; both streams go on to their ends.
        case statusArrived
        /// Send one byte, a signal number, on the stderr connection.
        case sendSignal(UInt8)
        /// Nothing more will come.
        case end(RcmdEnd)
    }

    /// How much of the request to send.
    package enum RequestPart: Hashable, Sendable {
        case whole
        /// The stderr port only: the server connects there before it reads on.
        case port
        /// All behind the stderr port.
        case rest
    }

    /// The stderr connection's part.
    private enum StderrState: Hashable, Sendable {
        /// Standard error comes mixed into standard output.
        case notUsed
        /// The server has still to connect to us.
        case awaited
        case open
        case ended
    }

    /// The longest reason of a server that is kept, in bytes.
    package static let reasonLimit = 4096

    /// Where the session is.
    package private(set) var state: State = .connecting
    private var stderr: StderrState
    private let commandWaitsForStderr: Bool
    private var primaryEnded = false
    private var primaryReset = false
    private var scanner: StatusScanner
    /// The start of a server's reason, or of output that may turn out to be rsh-redone's refusal.
    private var text: [UInt8] = []
    private var mayBeRedoneRefusal = true

    /// Makes the machine of one session.
    ///
    /// - Parameters:
    ///   - marker: what tells the exit status within the output.
    ///   - usesStderrConnection: whether the server connects back for standard error.
    ///   - commandWaitsForStderr: whether the command is sent only after it has; nothing runs there
    ///     if it cannot.
    package init(
        marker: StatusMarker, usesStderrConnection: Bool, commandWaitsForStderr: Bool = false
    ) {
        scanner = StatusScanner(marker)
        self.commandWaitsForStderr = usesStderrConnection && commandWaitsForStderr
        stderr = usesStderrConnection ? .awaited : .notUsed
    }

    /// Whether the server may still make its stderr connection.
    package var awaitsStderr: Bool { stderr == .awaited }

    /// Whether only the stderr connection keeps the session from its end.
    package var lacksOnlyStderr: Bool { primaryEnded && state == .streaming }

    /// The primary connection is open.
    package mutating func opened() -> [Action] {
        switch state {
        case .connecting:
            state = .awaitingVerdict
            return [.sendRequest(commandWaitsForStderr && stderr == .awaited ? .port : .whole)]
        case .awaitingVerdict, .refused, .streaming, .ended:
            preconditionFailure("opened() in \(state)")
        }
    }

    /// The server has made its stderr connection.
    package mutating func stderrConnected() -> [Action] {
        precondition(stderr == .awaited, "stderrConnected() with stderr \(stderr)")
        stderr = .open
        switch state {
        case .awaitingVerdict where commandWaitsForStderr: return [.sendRequest(.rest)]
        case .connecting, .awaitingVerdict, .refused, .streaming, .ended: return []
        }
    }

    /// Bytes came on the primary connection.
    package mutating func received(_ bytes: [UInt8]) -> [Action] {
        guard let first = bytes.first else { return [] }
        switch state {
        case .awaitingVerdict:
            guard first == 0 else {
                state = .refused(firstByte: first)
                // What is no rcmd server may say anything; all of it is quoted.
                keep(first == 1 ? Array(bytes.dropFirst()) : bytes)
                return []
            }
            state = .streaming
            return [.running] + output(Array(bytes.dropFirst()))
        case .refused:
            keep(bytes)
            return []
        case .streaming: return output(bytes)
        case .ended: return []
        case .connecting: preconditionFailure("received() in \(state)")
        }
    }

    /// The primary connection came to its end of file, or was reset.
    package mutating func primaryEnded(reset: Bool) -> [Action] {
        guard !primaryEnded else { return [] }
        primaryEnded = true
        primaryReset = reset
        var actions: [Action] = []
        if state == .streaming {
            if isRedoneRefusal {
                state = .refused(firstByte: 1)
            } else {
                actions = deliverAllHeld()
            }
        }
        return actions + endIfDone()
    }

    /// Bytes came on the stderr connection.
    package mutating func receivedStderr(_ bytes: [UInt8]) -> [Action] {
        switch state {
        case .awaitingVerdict, .streaming:
            guard !bytes.isEmpty else { return [] }
            // What has a standard error is a command.
            return deliver(releaseText()) + [.deliver(.error, bytes)]
        case .connecting, .refused, .ended: return []
        }
    }

    /// The stderr connection came to its end, or was reset.
    package mutating func stderrEnded() -> [Action] {
        switch stderr {
        case .open, .awaited: stderr = .ended
        case .notUsed, .ended: return []
        }
        return endIfDone()
    }

    /// The command shall end: a signal for it, if there is a way to send one now.
    package func signalDue(_ signal: UInt8) -> [Action] {
        switch state {
        case .streaming where stderr == .open: [.sendSignal(signal)]
        case .connecting, .awaitingVerdict, .refused, .streaming, .ended: []
        }
    }

    /// The driver gives the session up.
    package mutating func abandoned() -> [Action] {
        switch state {
        case .connecting, .awaitingVerdict:
            return end(.refused(.noAnswer))
        case .refused: return end(verdict())
        case .streaming: return deliverAllHeld() + end(verdict())
        case .ended: return []
        }
    }

    private mutating func output(_ bytes: [UInt8]) -> [Action] {
        var bytes = bytes
        if mayBeRedoneRefusal {
            text += bytes
            // Only exactly this text, and nothing else, may be the refusal; hold back no more.
            if RcmdRefusal.redoneRefusal.starts(with: text) { return [] }
            bytes = releaseText()
        }
        let hadStatus = scanner.status != nil
        let delivered = scanner.received(bytes)
        var actions = deliver(delivered)
        if !hadStatus, scanner.status != nil { actions.append(.statusArrived) }
        return actions
    }

    private var isRedoneRefusal: Bool {
        mayBeRedoneRefusal && scanner.status == nil && text == RcmdRefusal.redoneRefusal
    }

    private mutating func releaseText() -> [UInt8] {
        mayBeRedoneRefusal = false
        defer { text = [] }
        return text
    }

    private func deliver(_ bytes: [UInt8]) -> [Action] {
        bytes.isEmpty ? [] : [.deliver(.output, bytes)]
    }

    /// Output that was held back, because it could have become a refusal or a mark.
    private mutating func deliverAllHeld() -> [Action] {
        deliver(releaseText() + scanner.ended())
    }

    private mutating func keep(_ bytes: [UInt8]) {
        text += bytes.prefix(max(0, Self.reasonLimit - text.count))
    }

    private mutating func endIfDone() -> [Action] {
        guard primaryEnded else { return [] }
        switch state {
        case .ended: return []
        case .connecting, .awaitingVerdict, .refused:
            // Whatever the server meant to do with the stderr connection, it runs no command.
            return end(verdict())
        case .streaming:
            // A server connects for standard error before it answers 0: while that connection is
            // still awaited it stands in our listen queue, with bytes that must not be lost.
            switch stderr {
            case .awaited, .open: return []
            case .notUsed, .ended: return end(verdict())
            }
        }
    }

    private mutating func end(_ end: RcmdEnd) -> [Action] {
        state = .ended(end)
        return [.end(end)]
    }

    private func verdict() -> RcmdEnd {
        switch state {
        case .connecting, .awaitingVerdict:
            return .refused(primaryReset ? .resetBeforeAnswer : .noAnswer)
        case .refused(let firstByte):
            guard firstByte == 1 else {
                return .refused(.notRcmd(firstByte: firstByte, text: RcmdRefusal.line(text)))
            }
            return .refused(RcmdRefusal(text: text))
        case .streaming:
            if let status = scanner.status { return .status(status) }
            return .noStatus(reset: primaryReset)
        case .ended(let end): return end
        }
    }
}

/// Which stream of the command bytes belong to.
package enum RcmdStream: Hashable, Sendable {
    case output
    case error
}

/// How a session ended.
package enum RcmdEnd: Hashable, Sendable {
    /// The command ended with this status, 0...255; shells say 128 + n for death by signal n.
    case status(Int)
    /// The server took the command, and the connection ended before its status had come.
    case noStatus(reset: Bool)
    /// The server did not run the command.
    case refused(RcmdRefusal)
}
