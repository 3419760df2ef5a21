// SPDX-License-Identifier: Apache-2.0

import ShellContract
import Synchronization
import TCPSockets

/// Brings the input of the remote command to its session, one piece at a time.
///
/// `run()` waits for the input in a task of its own; the session takes a piece whenever its socket
/// has taken the one before, so that a slow host holds one piece and no more.
final class RshInputPump: Sendable {
    /// What there is to send.
    enum Piece {
        case bytes([UInt8])
        case failed(String)
    }

    private struct State {
        var piece: Piece?
        var isFramed = false
        var isFinished = false
    }

    private static let pieceLength = 65_536

    private let input: any SessionInput
    private let session: Wakeups
    private let taken = Wakeups()
    private let state = Mutex(State())

    init(_ input: any SessionInput, wakeups: Wakeups) {
        self.input = input
        session = wakeups
    }

    /// Whether each piece is announced by its length, and the end by a 0.
    var isFramed: Bool {
        get { state.withLock(\.isFramed) }
        set { state.withLock { $0.isFramed = newValue } }
    }

    /// Reads the input to its end, or until cancelled.
    func run() async {
        await withTaskCancellationHandler {
            var offset = 0
            while !Task.isCancelled {
                let bytes: [UInt8]
                do throws(SessionInputFailure) {
                    bytes = try await input.read(at: offset, upTo: Self.pieceLength)
                } catch {
                    if !Task.isCancelled { offer(.failed(error.message)) }
                    return
                }
                offset += bytes.count
                offer(.bytes(bytes))
                if bytes.isEmpty { return }
                _ = await taken.next()
            }
        } onCancel: {
            taken.post(.call)
        }
    }

    /// The next piece to send, framed if need be; `nil` when there is none now.
    func take() -> Piece? {
        let piece = state.withLock { state -> Piece? in
            defer { state.piece = nil }
            guard case .bytes(let bytes) = state.piece else { return state.piece }
            if bytes.isEmpty { state.isFinished = true }
            guard state.isFramed else { return bytes.isEmpty ? nil : .bytes(bytes) }
            return .bytes(Array("\(bytes.count)\n".utf8) + bytes)
        }
        if piece != nil { taken.post(.arrival) }
        return piece
    }

    /// The command has ended and reads no more.
    ///
    /// Framed input is brought to its end, so that the remote end does not wait for more. Input
    /// that is not framed is short, and goes to its announced end.
    func finish() {
        let wasFinished = state.withLock { state in
            guard state.isFramed else { return true }
            defer { state.isFinished = true }
            if !state.isFinished { state.piece = .bytes([]) }
            return state.isFinished
        }
        if !wasFinished { session.post(.input) }
    }

    private func offer(_ piece: Piece) {
        let isWanted = state.withLock { state in
            if !state.isFinished { state.piece = piece }
            return !state.isFinished
        }
        if isWanted { session.post(.input) }
    }
}
