// SPDX-License-Identifier: Apache-2.0

import ShellContract
import Synchronization
import TCPSockets

/// Brings the input of the remote command to its session, one piece at a time.
///
/// `run()` waits for the input in a task of its own; the session takes a piece when its channel has
/// taken the one before, so that a slow host holds one piece and no more.
final class SSHInputPump: Sendable {
    enum Piece: Sendable {
        case bytes([UInt8])
        case end
        case failed(String)
    }

    private static let pieceLength = 65_536

    private let input: any SessionInput
    private let session: Wakeups
    private let taken = Wakeups()
    private let piece = Mutex<Piece?>(nil)

    init(_ input: any SessionInput, wakeups: Wakeups) {
        self.input = input
        session = wakeups
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
                    return offer(.failed(error.message))
                }
                offset += bytes.count
                guard !bytes.isEmpty else { return offer(.end) }
                offer(.bytes(bytes))
                _ = await taken.next()
            }
        } onCancel: {
            taken.post(.call)
        }
    }

    /// The next piece to send; `nil` when there is none now.
    func take() -> Piece? {
        let taking = piece.withLock { $0.take() }
        if taking != nil { taken.post(.arrival) }
        return taking
    }

    private func offer(_ next: Piece) {
        piece.withLock { $0 = next }
        session.post(.input)
    }
}
